/** One thing that was looked at, and how to get it when it is missing. The engine's diagnoses have the same form. */
export interface Diagnosis {
  readonly id: string;
  readonly ok: boolean;
  readonly text: string;
  readonly advice: string | null;
}

/** Looks at one thing; a throw becomes a diagnosis with the thrown reason and advice. */
export async function diagnosis(
  { id, advice }: { id: string; advice: string },
  look: () => Promise<string>,
): Promise<Diagnosis> {
  try {
    return { id, ok: true, text: await look(), advice: null };
  } catch (thrown) {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    const own = thrown instanceof Error && 'advice' in thrown ? thrown.advice : undefined;
    return { id, ok: false, text, advice: typeof own === 'string' ? own : advice };
  }
}

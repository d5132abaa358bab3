/** Resolves when the work is done, or when that has taken longer. */
export async function atMost(ms: number, work: Promise<void> | null): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([work, late.promise]);
  clearTimeout(timer);
}

/** Shorter texts are not treated as secrets: removing them would tear ordinary words apart. */
const shortestSecret = 6;

/** Shorter base64 would match by chance. */
const shortestBase64 = 8;

/** A secret in every form in which it may turn up: plain, URL-encoded, JSON, and base64 at any place inside a longer text. */
export function formsOf(secret: string): string[] {
  const inBase64 = [0, 1, 2].map((offset) => base64At(secret, offset));
  const inBase64Url = inBase64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'));
  return [
    secret,
    encodeURIComponent(secret),
    encodeURI(secret),
    JSON.stringify(secret).slice(1, -1),
    ...[...inBase64, ...inBase64Url].filter((form) => form.length >= shortestBase64),
  ];
}

/** The characters that depend on the secret alone when `offset` other bytes precede it, as in `user:password`. */
function base64At(secret: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret, 'utf8')]);
  const whole = Math.floor((bytes.length * 8) / 6);
  return bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), whole);
}

function passwordsIn(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const parsed = new URL(url);
  const inQuery = [...parsed.searchParams]
    .filter(([name]) => /^(password|sslpassword|token|key|secret)$/i.test(name))
    .map(([, value]) => value);
  const password = decoded(parsed.password);
  // A password that is also the user's or the database's name cannot be told apart from that name.
  const guessed = [decoded(parsed.username), decoded(parsed.pathname.slice(1))].includes(password);
  return [...(guessed ? [] : [parsed.password, password]), ...inQuery].filter((text) => text !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Remembers every secret that was read, longest form first. */
export interface Secrets {
  /** A text that is a secret as a whole. */
  add(secret: string): void;
  /** A URL that may hold a password. */
  addUrl(url: string): void;
  all(): string[];
}

export function createSecrets(): Secrets {
  const forms = new Set<string>();
  const add = (secret: string) => {
    if (secret.length < shortestSecret) return;
    for (const form of formsOf(secret)) forms.add(form);
  };
  return {
    add,
    addUrl: (url) => passwordsIn(url).forEach(add),
    all: () => [...forms].sort((a, b) => b.length - a.length),
  };
}

/** Something this process cannot work without. */
export interface ReadyCheck {
  readonly name: string;
  isReady(): boolean | Promise<boolean>;
}

const CHECK_MS_MAX = 1_800;
const KNOWN_MS = 250;

/**
 * The names of those checks that fail, within two seconds. All who ask while a check is under way, or a
 * moment after it, have the same answer: however many they are, they cost what one does.
 */
export function createReadiness(checks: readonly ReadyCheck[]): () => Promise<string[]> {
  const asks = checks.map((check) => ({ name: check.name, ask: shared(() => inTime(check)) }));
  return async () => {
    const answers = await Promise.all(
      asks.map(async ({ name, ask }) => ({ name, isReady: await ask() })),
    );
    return answers.filter(({ isReady }) => !isReady).map(({ name }) => name);
  };
}

function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | null = null;
  const forget = () => {
    asked = null;
  };
  return () => {
    asked ??= ask().finally(() => setTimeout(forget, KNOWN_MS).unref());
    return asked;
  };
}

async function inTime(check: ReadyCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), CHECK_MS_MAX);
  });
  try {
    return await Promise.race([check.isReady(), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { startProgram } from "./example-scene.js";

/** What `${{ … }}` may name: `inputs.oid`, `github.sha`, … */
export type Contexts = Readonly<Record<string, unknown>>;
type Texts = Readonly<Record<string, string>>;

export interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly with?: Texts;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Texts;
}

export interface Action {
  readonly inputs: Readonly<
    Record<string, { readonly required?: boolean; readonly default?: string }>
  >;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

export interface Workflow {
  readonly on: object;
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

export interface Outcome {
  readonly code: number | string;
  readonly outputs: Texts;
  readonly summary: string;
  readonly log: string;
}

export const readYaml = async <T>(path: string): Promise<T> =>
  parse(await readFile(path, "utf8")) as T;

/**
 * Runs a composite action's steps one after the other as GitHub's runner does: each script in a file,
 * by its shell, with expressions put in before. What a step sets is known to those after it.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
 */
export async function runAction(
  actionFolder: string,
  { given, github, folder }: { given: Texts; github: object; folder: string },
): Promise<Outcome> {
  const { inputs, outputs, runs } = await readYaml<Action>(join(actionFolder, "action.yml"));
  for (const name of Object.keys(given)) if (!(name in inputs)) throw new Error(`input ${name}`);
  const takenFor = (name: string, input: { required?: boolean; default?: string }) => {
    const text = given[name] ?? input.default;
    if (text === undefined) throw new Error(`input ${name} is missing`);
    return fill(text, { github });
  };
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, takenFor(name, input)]),
  );
  const steps: Record<string, { outputs: Texts }> = {};
  const contexts = { inputs: values, github, steps };
  let [log, summary] = ["", ""];
  for (const step of runs.steps) {
    const ran = await runStep(step, contexts, {
      folder,
      env: { GITHUB_ACTION_PATH: actionFolder },
    });
    if (step.id !== undefined) steps[step.id] = ran;
    log += ran.log;
    summary += ran.summary;
    if (ran.code !== 0) return { code: ran.code, outputs: {}, summary, log };
  }
  const entries = Object.entries(outputs).map(([name, { value }]) => [name, fill(value, contexts)]);
  return { code: 0, outputs: Object.fromEntries(entries) as Texts, summary, log };
}

export async function runStep(
  { run = "", shell = "bash", env = {} }: Step,
  contexts: Contexts,
  options: { folder: string; env?: Texts },
): Promise<Outcome> {
  if (shell !== "bash") throw new Error(`shell ${shell}`);
  const folder = await mkdtemp(join(options.folder, "step-"));
  const files = ["script", "output", "summary"].map((name) => join(folder, name));
  const [script = "", output = "", summary = ""] = files;
  await writeFile(script, fill(run, contexts));
  await Promise.all([output, summary].map((path) => writeFile(path, "")));
  const filled = Object.entries(env).map(([name, text]) => [name, fill(text, contexts)]);
  const program = startProgram(["bash", "--noprofile", "--norc", "-eo", "pipefail", script], {
    cwd: folder,
    env: {
      ...options.env,
      ...(Object.fromEntries(filled) as Texts),
      ...{ GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary },
    },
  });
  const code = await program.ended;
  const lines = (await readFile(output, "utf8")).split("\n").filter(Boolean);
  return {
    code,
    outputs: Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2))) as Texts,
    summary: await readFile(summary, "utf8"),
    log: program.stdout() + program.stderr(),
  };
}

/** With the value of each `${{ a.b.c }}`; what is named and not there is an error, unlike GitHub's. */
export function fill(text: string, contexts: Contexts): string {
  return text.replaceAll(/\$\{\{\s*([\w.-]+)\s*\}\}/g, (_, path: string) => {
    let value: unknown = contexts;
    for (const name of path.split(".")) value = (value as Contexts | undefined)?.[name];
    if (typeof value !== "string") throw new Error(`there is no ${path}`);
    return value;
  });
}

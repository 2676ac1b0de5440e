import { requireFailedTask } from "./client/failed-tasks.js";
import { describeRepository, REPOSITORY_FIELDS, type Repository } from "./client/repository.js";
import { ServerError } from "./client/server-error.js";
import { faultOf } from "./fault.js";
import type { Tools } from "./tools.js";

/**
 * Does the same to each, one after the other. What is wrong with one is told and keeps nothing from
 * the others; the exit code says so at the end.
 */
export async function eachOf(
  { output, answerNo }: Tools,
  refs: readonly string[],
  change: (ref: string) => Promise<void>,
): Promise<void> {
  for (const ref of refs) {
    try {
      await change(ref);
    } catch (error) {
      if (!(error instanceof ServerError) || error.isEverybodys) throw error;
      await output.fault(faultOf(error));
      answerNo();
    }
  }
}

/** Has a mutation done with each repository; what it answers is shown. */
export async function changeRepositories(
  tools: Tools,
  mutation: string,
  refs: readonly string[],
): Promise<void> {
  const change = `mutation ($ref: String!) {
    payload: ${mutation}(repository: $ref) { repository { ${REPOSITORY_FIELDS} } }
  }`;
  await eachOf(tools, refs, (ref) => changeOne(tools, change, { ref }));
}

/** The same with the given-up work of each. */
export async function changeFailedTasks(
  tools: Tools,
  mutation: string,
  refs: readonly string[],
): Promise<void> {
  const change = `mutation ($id: ID!) {
    payload: ${mutation}(id: $id) { repository { ${REPOSITORY_FIELDS} } }
  }`;
  await eachOf(tools, refs, async (ref) => {
    const { id } = await requireFailedTask(tools.server(), ref);
    await changeOne(tools, change, { id });
  });
}

async function changeOne(
  { server, output }: Tools,
  change: string,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const { payload } = await server().ask<{ payload: { repository: Repository } }>(
    change,
    variables,
  );
  await output.print(payload.repository, describeRepository);
}

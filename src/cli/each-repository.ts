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

/** A mutation that takes a repository and returns it. */
export async function changeRepositories(
  tools: Tools,
  mutation: string,
  refs: readonly string[],
): Promise<void> {
  await eachOf(tools, refs, async (ref) => {
    const { changed } = await tools
      .server()
      .ask<{ changed: Repository }>(
        `mutation ($ref: String!) { changed: ${mutation}(repository: $ref) { ${REPOSITORY_FIELDS} } }`,
        { ref },
      );
    await tools.output.print(changed, describeRepository);
  });
}

import { type AnyVariables, type TypedDocumentNode, useClient } from "@urql/preact";
import { useCallback, useState } from "preact/hooks";
import { say } from "../parts/toast.js";
import { messageOf } from "./error-code.js";

/** Carries a mutation out; a failure is told, and is null. */
export function useAct<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
): readonly [act: (variables: Variables) => Promise<Data | null>, isActing: boolean] {
  const client = useClient();
  const [isActing, setActing] = useState(false);
  const act = useCallback(
    async (variables: Variables) => {
      setActing(true);
      const { data, error } = await client.mutation(document, variables).toPromise();
      setActing(false);
      if (error === undefined) return data ?? null;
      say(messageOf(error), { isBad: true });
      return null;
    },
    [client, document],
  );
  return [act, isActing];
}

import type { AnyVariables, TypedDocumentNode } from "@urql/preact";
import { useEffect, useRef } from "preact/hooks";
import { type Answer, useAsk } from "../client/use-ask.js";

export interface StatisticsPlace {
  readonly repository: string;
  readonly headOid: string | null;
  /** Its first history comes in: figures grow by themselves. */
  readonly isComing: boolean;
}

const COMING_MS = 5_000;

/** Figures about a repository, asked for again when its head has moved. */
export function useStatistics<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { headOid, isComing }: StatisticsPlace,
  { pause = false } = {},
): Answer<Data> {
  const answer = useAsk(document, variables, { pause, ...(isComing && { everyMs: COMING_MS }) });
  const { refresh } = answer;
  const seen = useRef(headOid);
  useEffect(() => {
    if (seen.current === headOid) return;
    seen.current = headOid;
    refresh();
  }, [headOid, refresh]);
  return answer;
}

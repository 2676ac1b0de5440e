import { Field, Float, Int, ObjectType, registerEnumType } from "../type-graphql.js";

const HistoryTransport = { API: "API", GIT: "GIT" } as const;
registerEnumType(HistoryTransport, {
  name: "HistoryTransport",
  description: "How a history comes in.",
  valuesConfig: {
    API: { description: "By GitHub's API: a hundred commits a request, each request a point." },
    GIT: { description: "By the git protocol: all of it in one request, which costs no points." },
  },
});

@ObjectType("Backfill", {
  simpleResolvers: true,
  description: "How far a history is that is being fetched, or waits its turn.",
})
export class BackfillType {
  @Field(() => HistoryTransport, {
    description: "How it comes in now. What fails by git goes on by the API.",
  })
  transport!: "API" | "GIT";

  @Field(() => Float, { nullable: true, description: "By git: bytes that have come so far." })
  receivedBytes!: number | null;

  @Field(() => Int, { description: "Commits gone through so far." })
  doneCount!: number;

  @Field(() => Int, {
    nullable: true,
    description:
      "And those to come; null until it is known how many they are. By git that is known once all has come.",
  })
  leftCount!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Until it is complete, if it goes on as it did so far; null where that says nothing.",
  })
  secondsLeft!: number | null;
}

import { Field, ID, InterfaceType } from "../type-graphql.js";

@InterfaceType({
  description:
    "What `node` finds by its id (https://graphql.org/learn/global-object-identification/).",
  resolveType: typeOfNode,
})
export abstract class Node {
  @Field(() => ID, { description: "Unique among everything that has one, and the same for good." })
  id!: string;
}

export function typeOfNode(value: object): "Commit" | "FailedTask" | "Repository" {
  if ("oid" in value) return "Commit";
  return "firstFailedAt" in value ? "FailedTask" : "Repository";
}

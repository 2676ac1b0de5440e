import { Field, ID, InterfaceType } from "type-graphql";

@InterfaceType({
  description:
    "What `node` finds by its id (https://graphql.org/learn/global-object-identification/).",
  resolveType: typeOfNode,
})
export abstract class Node {
  @Field(() => ID, { description: "Unique among all nodes, and the same for good." })
  id!: string;
}

export function typeOfNode(value: object): "Commit" | "Repository" {
  return "oid" in value ? "Commit" : "Repository";
}

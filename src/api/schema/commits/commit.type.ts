import { CO_AUTHORS_MAX } from "../../../domain/co-author.js";
import { connectionTypes, PageArguments } from "../../paging/connection.type.js";
import { GraphQLDateTime } from "../date-time.js";
import { Node } from "../node/node.type.js";
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from "../type-graphql.js";

@ObjectType({ simpleResolvers: true, description: "Who wrote or committed." })
export class Actor {
  @Field(() => String, { description: "As the commit has it." })
  name!: string;

  @Field(() => String, { description: "Empty where the commit has none." })
  email!: string;

  @Field(() => String, { nullable: true, description: "GitHub account with this e-mail, if any." })
  login!: string | null;

  @Field(() => String, { nullable: true, description: "Picture of that account." })
  avatarUrl!: string | null;
}

@ObjectType("CoAuthor", {
  simpleResolvers: true,
  description: "Who else wrote a commit, as its message says.",
})
export class CoAuthorType {
  @Field(() => String, { description: "Empty where the message has none." })
  name!: string;

  @Field(() => String, { description: "Empty where the message has none." })
  email!: string;
}

@ObjectType("Commit", {
  simpleResolvers: true,
  implements: Node,
  description: "A commit of one repository, stored once.",
})
export class CommitType implements Node {
  @Field(() => ID, { description: "Of this commit in this repository." })
  id!: string;

  @Field(() => String, { description: "Object id: 40 hex digits, or 64 with SHA-256." })
  oid!: string;

  @Field(() => String, { description: "Its first seven digits." })
  abbreviatedOid!: string;

  @Field(() => String, {
    description:
      "The whole message, as GitHub tells it. NUL, and what is no character, are U+FFFD.",
  })
  message!: string;

  @Field(() => String, {
    description:
      "Its subject, as `git log --format=%s` shows it: the first paragraph that is not empty, on one line.",
  })
  messageHeadline!: string;

  @Field(() => String, {
    description: "Its body, as `git log --format=%b` shows it: what follows the subject.",
  })
  messageBody!: string;

  @Field(() => [CoAuthorType], {
    description: `Of its trailers \`Co-authored-by\`, as git finds them, in their order: the first ${CO_AUTHORS_MAX}.`,
  })
  coAuthors!: CoAuthorType[];

  @Field(() => Actor, { description: "Who wrote the change." })
  author!: Actor;

  @Field(() => GraphQLDateTime, {
    description:
      "As the author's clock had it, in UTC; outside of the years 1 to 9999 the nearest second within, and 1970 where it cannot be read.",
  })
  authoredAt!: Date;

  @Field(() => Actor, { description: "Who put it into the history." })
  committer!: Actor;

  @Field(() => GraphQLDateTime, {
    description: "As the committer's clock had it, in the same way.",
  })
  committedAt!: Date;

  @Field(() => [String], { description: "Object ids, the first parent first." })
  parents!: string[];

  @Field(() => String, { description: "Its page on GitHub." })
  url!: string;

  @Field(() => Boolean, {
    description: "False once a rewrite of history has left it behind; it stays stored.",
  })
  reachable!: boolean;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When that was noticed." })
  orphanedAt!: Date | null;

  @Field(() => GraphQLDateTime, { description: "When it was stored here." })
  firstSeenAt!: Date;

  @Field(() => String, { description: "Of the feed event that announced it." })
  sequence!: string;
}

export const CommitConnection = connectionTypes("Commit", () => CommitType);

export const OrderDirection = { ASC: "ASC", DESC: "DESC" } as const;
registerEnumType(OrderDirection, {
  name: "OrderDirection",
  description: "Which end of a list comes first.",
  valuesConfig: {
    ASC: { description: "Oldest or lowest first." },
    DESC: { description: "Newest or highest first." },
  },
});
export const CommitOrderField = { COMMITTED_AT: "COMMITTED_AT", SEQUENCE: "SEQUENCE" } as const;
registerEnumType(CommitOrderField, {
  name: "CommitOrderField",
  description: "What commits are ordered by.",
  valuesConfig: {
    COMMITTED_AT: { description: "Committer date, then repository and object id." },
    SEQUENCE: {
      description:
        "Arrival: `sequence`, and within an event as it has them. What is stored later has a higher place.",
    },
  },
});

@InputType({ description: "Default: newest committer date first." })
export class CommitOrder {
  @Field(() => CommitOrderField, { defaultValue: "COMMITTED_AT", description: "By what." })
  field!: keyof typeof CommitOrderField;

  @Field(() => OrderDirection, { defaultValue: "DESC", description: "Which end first." })
  direction!: keyof typeof OrderDirection;
}

@InputType({ description: "Which commits; everything given must hold." })
export class CommitFilter {
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: "False: only those left behind by a rewrite. Null: both.",
  })
  reachable?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Login, e-mail or name of the author, whole, in any letter case: in Unicode's lower case, composed and decomposed letters alike, without blanks around. Compared by their first 200 characters, as the feed does.",
  })
  author?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "1 to 20 words that all stand in the message, whole, in any letter case and order. A word is letters and digits, full and half widths alike. Where a script has no spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) it is each character and each pair of neighbours: `登录` is found inside of any sentence, and a longer text by its pairs. Latin letters and digits inside of such are words of their own. Of a message longer than 500 words, the beginning is searched.",
  })
  text?: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Committed then or later." })
  since?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Committed then or earlier." })
  until?: Date | null;
}

@ArgsType()
export class CommitPageArguments extends PageArguments {
  @Field(() => CommitFilter, { nullable: true, description: "Absent: reachable ones." })
  filter?: CommitFilter | null;

  @Field(() => CommitOrder, { nullable: true, description: "Absent: newest first." })
  orderBy?: CommitOrder | null;
}

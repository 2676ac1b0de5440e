import type { PartVersion, QueueState, ReplicaLag } from "../../dependencies.js";
import { Field, Float, Int, ObjectType } from "../type-graphql.js";

@ObjectType("QueueStatus", {
  simpleResolvers: true,
  description: "Tasks that are published; what is due beyond them waits in the database.",
})
export class QueueStatusType implements QueueState {
  @Field(() => String, { description: "What its tasks are for." })
  name!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Tasks that wait for a worker; null where the broker does not say.",
  })
  readyCount!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "Tasks that no worker survived, about to be buried; null like `readyCount`.",
  })
  deadCount!: number | null;
}

@ObjectType("ReplicaStatus", {
  simpleResolvers: true,
  description: "A replica of the database, as the process that answers sees it.",
})
export class ReplicaStatusType {
  @Field(() => String, { description: "Host and port." })
  name!: string;

  @Field(() => Boolean, { description: "Whether queries are sent there." })
  isUsed!: boolean;

  @Field(() => Float, {
    nullable: true,
    description: "How far it is behind; null when it does not answer.",
  })
  lagSeconds!: number | null;
}

@ObjectType("PartVersion", {
  simpleResolvers: true,
  description: "What the process that answers runs on, and its version.",
})
export class PartVersionType implements PartVersion {
  @Field(() => String, { description: "`Node.js`, `PostgreSQL` or `RabbitMQ`." })
  name!: string;

  @Field(() => String, { description: "As it calls itself." })
  version!: string;
}

@ObjectType("SystemStatus", {
  simpleResolvers: true,
  description: "The parts that the process which answers works with.",
})
export class SystemStatusType {
  @Field(() => String, { description: "Of the tracker." })
  version!: string;

  @Field(() => [PartVersionType], {
    description:
      "What it runs on: no RabbitMQ where the queue is in this process, or while it is away. Empty for a key that is limited to some repositories.",
  })
  parts!: readonly PartVersion[];

  @Field(() => [QueueStatusType], {
    description: "One for each kind of work; empty for a key that is limited to some repositories.",
  })
  queues!: readonly QueueState[];

  @Field(() => [ReplicaStatusType], {
    description: "Empty where there is none, and for a key that is limited to some repositories.",
  })
  replicas!: readonly ReplicaLag[];
}

import type { Channel, ChannelModel } from "amqplib";
import type { Logger } from "pino";
import { describeRefusal, isRefusal } from "./refusal.js";
import { withChannel } from "./with-channel.js";

const AGAIN_MS = 1_000;

/** Something that has to be on the broker: declared once a connection, on a channel of its own that a refusal may close. */
export interface Declaration {
  /** Resolves when it is there. Rejects with what is at fault; a refusal stands for a second. */
  ensure(): Promise<void>;
  /**
   * It was found missing: the first who asks for it a second later declares it again. Not at once: a
   * queue back within milliseconds leaves its old consumers without a word of its end.
   */
  lost(): void;
}

export interface DeclarationOptions {
  /** For logs and errors: "queue orders". */
  readonly name: string;
  readonly declare: (channel: Channel) => Promise<unknown>;
  /** The connection of now; null while there is none. */
  readonly connected: () => ChannelModel | null;
  readonly logger: Logger;
}

export function createDeclaration({
  name,
  declare,
  connected,
  logger,
}: DeclarationOptions): Declaration {
  let declaredOn: ChannelModel | null = null;
  let underWay: Promise<void> | null = null;
  let obstacle: { readonly error: Error; readonly untilMs: number } | null = null;
  let told: string | null = null;

  function stopFor(error: Error): void {
    declaredOn = null;
    obstacle = { error, untilMs: performance.now() + AGAIN_MS };
  }

  /** Once for each reason: those who need it ask again and again. */
  function tell(error: Error): void {
    if (told === error.message) return;
    told = error.message;
    logger.error({ err: error, declaration: name }, "rabbitmq refuses a declaration");
  }

  async function declareOn(model: ChannelModel): Promise<void> {
    try {
      await withChannel(model, declare);
    } catch (cause) {
      if (!isRefusal(cause)) throw new Error(`The ${name} could not be declared`, { cause });
      const error = new Error(describeRefusal(cause), { cause });
      tell(error);
      stopFor(error);
      throw error;
    }
    if (told !== null) logger.info({ declaration: name }, "rabbitmq takes the declaration now");
    told = null;
    obstacle = null;
    declaredOn = model;
  }

  return {
    async ensure() {
      const model = connected();
      if (model === null) throw new Error("RabbitMQ cannot be reached");
      if (declaredOn === model) return;
      if (obstacle !== null && performance.now() < obstacle.untilMs) throw obstacle.error;
      underWay ??= declareOn(model).finally(() => {
        underWay = null;
      });
      await underWay;
    },
    lost() {
      if (declaredOn === null) return;
      logger.warn({ declaration: name }, "gone from rabbitmq, it will be declared again");
      stopFor(new Error(`The ${name} is gone from RabbitMQ and will be declared again`));
    },
  };
}

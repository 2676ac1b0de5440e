import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from "graphql";

/** An operation as a client sends it. */
export interface DrawnOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}

/** Random choices, the same for the same seed. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to 1, exclusive; mulberry32. */
  number(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  chance(probability: number): boolean {
    return this.number() < probability;
  }

  count(max: number): number {
    return Math.floor(this.number() * (max + 1));
  }

  one<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.number() * list.length)];
    if (found === undefined) throw new Error("nothing to draw from");
    return found;
  }
}

/** What makes an argument find something, or fail in a way of its own, by its name. */
export type Values = Readonly<Record<string, readonly unknown[]>>;

const DEPTH_MAX = 4;
const ODD_ALIASES = ["__proto__", "constructor", "toString", "hasOwnProperty", "data", "a_1"];
/** The value is left out, as JSON does too. */
const ABSENT = undefined;

/**
 * An operation of a schema with whatever GraphQL has: aliases, fragments of all kinds, conditions,
 * variables with and without defaults and values. Most are valid.
 */
export function drawOperation(
  schema: GraphQLSchema,
  draw: Draw,
  {
    root,
    fields,
    values,
    rootsMax,
    always = {},
  }: {
    root: GraphQLObjectType;
    fields: readonly string[];
    values: Values;
    /** Fields of the root at most. */
    rootsMax: number;
    /** Arguments that a root field is always given, as they are. */
    always?: Readonly<Record<string, string>>;
  },
): DrawnOperation {
  const definitions = new Map<string, string>();
  const variables: Record<string, unknown> = {};
  const fragments = new Map<string, { type: string; text: string }>();
  let names = 0;
  const isSubscription = root === schema.getSubscriptionType();
  const isPlain = draw.chance(0.3); // what is likely to be compiled
  const odd = (probability: number) => !isPlain && draw.chance(probability);

  /** As it stands in the text; in a default nothing varies. */
  function literal(type: GraphQLInputType, name: string, isDefault = false): string {
    const part = (inner: GraphQLInputType, of: string) =>
      isDefault ? literal(inner, of, true) : value(inner, of);
    if (isNonNullType(type)) return literal(type.ofType, name, isDefault);
    if (odd(0.08)) return "null";
    if (isListType(type)) {
      if (odd(0.2)) return literal(type.ofType, name, isDefault);
      const items = Array.from({ length: draw.count(2) }, () => part(type.ofType, name));
      return `[${items.join(" ")}]`;
    }
    if (isInputObjectType(type)) {
      const given = Object.values(type.getFields()).filter(() => draw.chance(0.4));
      return `{${given.map((field) => `${field.name}: ${part(field.type, field.name)}`).join(" ")}}`;
    }
    const drawn = leaf(type as GraphQLNamedInputType, name);
    return isEnumType(type) ? String(drawn) : JSON.stringify(drawn);
  }

  function leaf(type: GraphQLNamedInputType, name: string): unknown {
    if (isEnumType(type)) return draw.one(type.getValues()).name;
    const known = values[name];
    if (known !== undefined) return draw.one(known);
    switch (type.name) {
      case "Int":
        return draw.one([1, 2, 3, 5]);
      case "Boolean":
        return draw.chance(0.5);
      case "DateTime":
        return draw.one(["2024-01-01T00:00:00Z", "2024-01-01T00:03:00Z", "2030-05-05T00:00:00Z"]);
      default:
        return draw.one(["octo/one", "1", "change", "x"]);
    }
  }

  function json(type: GraphQLInputType, name: string): unknown {
    if (isNonNullType(type)) return odd(0.04) ? null : json(type.ofType, name);
    if (odd(0.1)) return null;
    if (odd(0.05)) return draw.one([[], {}, "nonsense", 1.5, true, [[1]]]);
    if (isListType(type)) {
      if (odd(0.2)) return json(type.ofType, name);
      return Array.from({ length: draw.count(2) }, () => json(type.ofType, name));
    }
    if (isInputObjectType(type)) {
      const given = Object.values(type.getFields()).filter(() => draw.chance(0.4));
      return Object.fromEntries(given.map((field) => [field.name, json(field.type, field.name)]));
    }
    return leaf(type as GraphQLNamedInputType, name);
  }

  function variable(type: GraphQLInputType, name: string, hasDefault: boolean): string {
    const inner = isNonNullType(type) ? type.ofType : type;
    const fallback = odd(0.35) ? literal(inner, name, true) : undefined;
    const mayBeNull =
      !isNonNullType(type) || hasDefault || (fallback !== undefined && fallback !== "null");
    const isStrict = !mayBeNull || draw.chance(isPlain ? 0.7 : 0.3);
    names += 1;
    const variableName = `v${names}`;
    const isNullDefault = fallback === "null" && isStrict;
    const text = fallback === undefined || isNullDefault ? "" : ` = ${fallback}`;
    definitions.set(variableName, `$${variableName}: ${inner}${isStrict ? "!" : ""}${text}`);
    const drawn = odd(0.15) ? ABSENT : json(isStrict ? type : inner, name);
    if (drawn !== ABSENT) variables[variableName] = drawn;
    return `$${variableName}`;
  }

  function value(type: GraphQLInputType, name: string, hasDefault = false): string {
    return draw.chance(0.4) ? variable(type, name, hasDefault) : literal(type, name);
  }

  function fixed(name: string, text: string): string {
    if (draw.chance(0.5)) return `${name}: ${JSON.stringify(text)}`;
    names += 1;
    definitions.set(`v${names}`, `$v${names}: String!`);
    variables[`v${names}`] = text;
    return `${name}: $v${names}`;
  }

  function argumentsOf(args: readonly GraphQLArgument[], isRoot: boolean): string {
    const pinned = isRoot ? Object.entries(always).map(([name, text]) => fixed(name, text)) : [];
    const given = args.filter(({ type, defaultValue, name }) => {
      if (isRoot && name in always) return false;
      const isRequired = isNonNullType(type) && defaultValue === undefined;
      return isRequired || draw.chance(values[name] === undefined ? 0.2 : 0.4);
    });
    const drawn = given.map(
      ({ name, type, defaultValue }) => `${name}: ${value(type, name, defaultValue !== undefined)}`,
    );
    const texts = [...pinned, ...drawn];
    return texts.length === 0 ? "" : `(${texts.join(" ")})`;
  }

  function condition(): string {
    if (!odd(0.12)) return "";
    const boolean = schema.getType("Boolean") as GraphQLNamedInputType;
    const one = (directive: string) => {
      if (draw.chance(0.3)) return ` @${directive}(if: ${draw.chance(0.6)})`;
      names += 1;
      const name = `on${names}`;
      const fallback = draw.chance(0.4);
      definitions.set(name, `$${name}: Boolean${fallback ? ` = ${draw.chance(0.5)}` : "!"}`);
      if (!fallback || draw.chance(0.5)) {
        variables[name] = draw.chance(0.08) ? null : leaf(boolean, name);
      }
      return ` @${directive}(if: $${name})`;
    };
    return draw.chance(0.15) ? one("skip") + one("include") : one(draw.one(["skip", "include"]));
  }

  function field(type: GraphQLCompositeType, depth: number): string {
    if (isUnionType(type) || draw.chance(0.07)) return `${alias()}__typename${condition()}`;
    const all = Object.values(type.getFields()).filter(({ type: inner }) => {
      return depth < DEPTH_MAX || !isCompositeType(getNamedType(inner));
    });
    return all.length === 0 ? "__typename" : fieldOf(draw.one(all), depth);
  }

  function fieldOf(drawn: GraphQLField<unknown, unknown>, depth: number): string {
    const inner = getNamedType(drawn.type);
    const below = isCompositeType(inner) ? selection(inner, depth + 1) : "";
    const when = isSubscription && depth === 0 ? "" : condition();
    // Fields with arguments are asked for twice with others, which only an alias allows.
    const name = `${drawn.args.length > 0 || draw.chance(0.1) ? alias() : ""}${drawn.name}`;
    return `${name}${argumentsOf(drawn.args, depth === 0)}${when}${below}`;
  }

  function alias(): string {
    if (odd(0.1)) return `${draw.one(ODD_ALIASES)}: `;
    if (!draw.chance(0.5)) return "";
    names += 1;
    return `a${names}: `;
  }

  function spread(type: GraphQLCompositeType, depth: number): string {
    const inner = conditionType(type);
    if (draw.chance(0.5)) {
      const on = inner === type && draw.chance(0.5) ? "" : ` on ${inner.name}`;
      return `...${on}${condition()}${selection(inner, depth)}`;
    }
    const known = [...fragments].filter(([, fragment]) => fragment.type === inner.name);
    if (known.length > 0 && draw.chance(0.6)) {
      return `...${draw.one(known)[0]}${condition()}`;
    }
    const text = selection(inner, depth); // first, so that none spreads itself
    names += 1;
    const name = `F${names}`;
    fragments.set(name, { type: inner.name, text });
    return `...${name}${condition()}`;
  }

  /** The type itself, or another that some of its objects are of. */
  function conditionType(type: GraphQLCompositeType): GraphQLCompositeType {
    if (isObjectType(type)) {
      const [anInterface] = type.getInterfaces();
      return anInterface !== undefined && draw.chance(0.3) ? anInterface : type;
    }
    return draw.chance(0.7) ? draw.one(schema.getPossibleTypes(type)) : type;
  }

  function selection(type: GraphQLCompositeType, depth: number): string {
    const parts = Array.from({ length: 1 + draw.count(3) }, () =>
      draw.chance(0.2) ? spread(type, depth) : field(type, depth),
    );
    return ` { ${parts.join(" ")} }`;
  }

  function rootSelection(): string {
    const count = 1 + draw.count(rootsMax - 1);
    const parts = Array.from({ length: count }, () => {
      const name = draw.one(fields);
      const drawn = root.getFields()[name];
      if (drawn === undefined) throw new Error(`no field ${name}`);
      const text = fieldOf(drawn, 0);
      if (!draw.chance(0.2)) return text;
      // A condition may leave a subscription nothing, which graphql-js has no answer for.
      const maybe = () => (isSubscription ? "" : condition());
      if (draw.chance(0.5)) return `...${maybe()} { ${text} }`;
      names += 1;
      fragments.set(`F${names}`, { type: root.name, text: ` { ${text} }` });
      return `...F${names}${maybe()}`;
    });
    return ` { ${parts.join(" ")} }`;
  }

  const kind =
    root === schema.getQueryType()
      ? "query"
      : root === schema.getMutationType()
        ? "mutation"
        : "subscription";
  const body = rootSelection();
  const declared = definitions.size === 0 ? "" : `(${[...definitions.values()].join(" ")})`;
  const spreads = [...fragments].map(
    ([name, { type, text }]) => ` fragment ${name} on ${type}${text}`,
  );
  return { query: `${kind} Drawn${declared}${body}${spreads.join("")}`, variables };
}

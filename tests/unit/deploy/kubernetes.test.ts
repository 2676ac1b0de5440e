import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ScaledObject, TriggerAuthentication } from "@kubernetes-models/keda/keda.sh/v1alpha1";
import { Deployment } from "kubernetes-models/apps/v1";
import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2";
import { Job } from "kubernetes-models/batch/v1";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { ConfigMap, Namespace, Service, ServiceAccount } from "kubernetes-models/v1";
import { beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { envSchema } from "../../../src/config/env-schema.js";
import { SECRET_VARIABLES } from "../../../src/config/variable-files.js";
import { queuesOf } from "../../../src/queue/rabbitmq-topology.js";
import { TASK_KINDS } from "../../../src/queue/task.js";
import { installOnDebian } from "../../support/debian-package.js";

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL("../../../deploy/kubernetes/", import.meta.url));
const MODELS = {
  ...{ ConfigMap, Deployment, HorizontalPodAutoscaler, Job, Namespace, NetworkPolicy },
  ...{ PodDisruptionBudget, ScaledObject, Service, ServiceAccount, TriggerAuthentication },
};

interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  // biome-ignore lint/suspicious/noExplicitAny: its form is what is tested
  readonly spec: any;
}

interface Manifest {
  readonly kind: keyof typeof MODELS;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: its form is what is tested
  readonly spec: any;
  readonly data?: Readonly<Record<string, string>>;
}

async function render(): Promise<Manifest[]> {
  const kustomize = () => run("kubectl", ["kustomize", FOLDER]);
  const isMissing = (error: NodeJS.ErrnoException) => error.code === "ENOENT";
  const { stdout } = await kustomize().catch(async (error: NodeJS.ErrnoException) => {
    if (!isMissing(error)) throw error;
    await installOnDebian("kubernetes-client");
    return await kustomize().catch(() => {
      throw new Error("The test needs kubectl: apt-get install kubernetes-client");
    });
  });
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}

/**
 * A model's check passes over fields that it does not know. It reads those that it does: what stays unread,
 * as `path`, is nothing of Kubernetes's.
 */
function unreadBy(
  check: (manifest: object) => void,
  manifest: Pick<Manifest, "metadata" | "spec">,
): string[] {
  const unread = new Set<string>();
  const watched = <T>(value: T, path: string): T => {
    if (typeof value !== "object" || value === null) return value;
    const own = (key: string | symbol) => `${path}/${String(key)}`;
    for (const key of Object.keys(value)) unread.add(own(key));
    const copy = Array.isArray(value) ? [] : {};
    for (const [key, child] of Object.entries(value)) {
      Object.assign(copy, { [key]: watched(child, own(key)) });
    }
    return new Proxy(copy, {
      get: (target, key) => {
        unread.delete(own(key));
        return Reflect.get(target, key);
      },
    }) as T;
  };
  const top = Object.entries(manifest).map(([key, child]) => [key, watched(child, key)]);
  check(Object.fromEntries(top));
  return [...unread];
}

describe("the manifests for Kubernetes, rendered", () => {
  let manifests: Manifest[];
  beforeAll(async () => {
    manifests = await render();
  });
  const of = (kind: Manifest["kind"]) => manifests.filter((one) => one.kind === kind);
  const templates = (): [string, PodTemplate][] =>
    [...of("Deployment"), ...of("Job")].map(({ metadata, spec }) => [metadata.name, spec.template]);

  it("are what the published models of Kubernetes and KEDA allow", () => {
    expect(manifests.length).toBeGreaterThan(15);
    for (const manifest of manifests) {
      const Model = MODELS[manifest.kind];
      expect(Model, manifest.kind).toBeDefined();
      const check = (one: object) => Object.assign(new Model(), one).validate();
      expect(unreadBy(check, manifest), manifest.metadata.name).toEqual([]);
    }
  });

  it("would not be, with a field that there is not", () => {
    const check = (one: object) => Object.assign(new PodDisruptionBudget(), one).validate();
    const budget = { metadata: { name: "api" }, spec: { maxUnavailible: 1 } };
    expect(unreadBy(check, budget)).toEqual(["spec/maxUnavailible"]);
  });

  it("run in a namespace that takes restricted pods alone, and are such", () => {
    for (const [name, { spec }] of templates()) {
      expect(spec.securityContext, name).toMatchObject({
        ...{ runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      });
      expect(spec.automountServiceAccountToken, name).toBe(false);
      for (const { securityContext, resources } of spec.containers) {
        expect(securityContext, name).toEqual({
          ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
          capabilities: { drop: ["ALL"] },
        });
        expect(resources.limits.memory, name).toBeDefined();
        expect(resources.requests, name).toMatchObject({ cpu: expect.any(String) });
      }
    }
  });

  it("hand over variables that there are, and every secret as a file that is mounted", () => {
    const files = SECRET_VARIABLES.map((name) => `${name}_FILE`);
    const known = new Set([...Object.keys(envSchema.shape), ...files]);
    const shared = of("ConfigMap")[0]?.data ?? {};
    for (const [name, { spec }] of templates()) {
      const [container] = spec.containers;
      const mounted = spec.volumes[0].secret.items.map(
        ({ path }: { path: string }) => `/run/secrets/tracker/${path}`,
      );
      const own = Object.fromEntries(
        container.env.map(({ name: key, value }: { name: string; value: string }) => [key, value]),
      );
      const env: Record<string, string> = { ...(container.envFrom && shared), ...own };
      for (const [variable, value] of Object.entries(env)) {
        expect(known.has(variable), `${name} ${variable}`).toBe(true);
        if (variable.endsWith("_FILE")) expect(mounted, variable).toContain(value);
        expect(SECRET_VARIABLES as readonly string[]).not.toContain(variable);
      }
      expect(
        Object.values(env)
          .filter((value) => mounted.includes(value))
          .sort(),
      ).toEqual([...mounted].sort());
    }
  });

  it("scale workers by every queue that there is, and by no other", () => {
    const names = of("ScaledObject")[0]?.spec.triggers.map(
      ({ metadata }: { metadata: { queueName: string } }) => metadata.queueName,
    );
    expect([...names].sort()).toEqual(TASK_KINDS.map((kind) => queuesOf(kind).live.name).sort());
  });

  it("choose pods that there are, a budget of disruptions for each deployment among them", () => {
    const labels = templates().map(([, { metadata }]) => metadata.labels);
    const chosen = (match: Readonly<Record<string, string>>) =>
      labels.filter((one) => Object.entries(match).every(([key, value]) => one[key] === value));
    const selectors = [
      ...of("Service").map(({ spec }) => spec.selector),
      ...of("PodDisruptionBudget").map(({ spec }) => spec.selector.matchLabels),
      ...of("Deployment").map(({ spec }) => spec.selector.matchLabels),
    ];
    for (const selector of selectors) expect(chosen(selector)).toHaveLength(1);
    for (const { spec } of of("NetworkPolicy")) {
      expect(chosen(spec.podSelector.matchLabels ?? {}).length).toBeGreaterThan(0);
    }
    const names = (kind: Manifest["kind"]) =>
      of(kind)
        .map(({ metadata }) => metadata.name)
        .sort();
    expect(names("PodDisruptionBudget")).toEqual(names("Deployment"));
    expect(of("HorizontalPodAutoscaler")[0]?.spec.scaleTargetRef.name).toBe("api");
    expect(of("ScaledObject")[0]?.spec.scaleTargetRef.name).toBe("worker");
  });
});

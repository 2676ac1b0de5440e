import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { post, subscribe } from "../support/graphql-client.js";
import { mergyHistory, revList } from "../support/histories.js";
import { createTestDatabase } from "../support/postgres.js";
import { openBrokerSpace } from "../support/rabbitmq-vhost.js";
import {
  type ApiEvent,
  addRepository,
  COMMITS_INGESTED,
  readAllOids,
  readRepository,
} from "../support/tracker-api.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

interface Running {
  readonly url: string;
  readonly processes: readonly TrackerProcess[];
  stop(): Promise<void>;
}

type Profile = (gitHub: GitHubStandIn) => Promise<Running>;

const common = (gitHub: GitHubStandIn) => ({
  GITHUB_API_URL: gitHub.url,
  GITHUB_TOKENS: STAND_IN_TOKEN,
  MIN_CHECK_INTERVAL: "1",
});

const embedded: Profile = async (gitHub) => {
  const dataDir = await mkdtemp(join(tmpdir(), "tracker-e2e-"));
  const tracker = startTracker({ ...common(gitHub), DATA_DIR: dataDir });
  const stop = async () => {
    await tracker.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { url: await tracker.url(), processes: [tracker], stop };
};

const distributed: Profile = async (gitHub) => {
  const database = await createTestDatabase({ connectionsMax: 1 });
  const broker = await openBrokerSpace();
  const env = { ...common(gitHub), DATABASE_URL: database.url, RABBITMQ_URL: broker.url };
  const processes = ["api", "scheduler", "worker", "worker"].map((ROLES) =>
    startTracker({ ...env, ROLES }),
  );
  const stop = async () => {
    await Promise.all(processes.map((tracker) => tracker.stop()));
    await database[Symbol.asyncDispose]();
    await broker.remove();
  };
  const [url] = await Promise.all(processes.map((tracker) => tracker.url()));
  return { url: url ?? "", processes, stop };
};

describe.each([
  { profile: "in one process on embedded parts", start: embedded },
  {
    profile: "as api, scheduler and two worker processes on PostgreSQL and RabbitMQ",
    start: distributed,
  },
])("the tracker $profile", ({ start }) => {
  let gitHub: GitHubStandIn;
  let tracker: Running;
  beforeAll(async () => {
    gitHub = await startGitHubStandIn();
    tracker = await start(gitHub);
  });
  afterAll(async () => {
    await tracker?.stop();
    await gitHub?.stop();
  });

  it("stores the whole history of an added repository once, and announces each push once", async () => {
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "History" });
    await gitHub.commit("octo/History", mergyHistory(400));
    const expected = await revList(gitDir, "refs/heads/main");
    expect(expected.length).toBeGreaterThan(450);

    await using events = subscribe<ApiEvent>(tracker.url, COMMITS_INGESTED, { after: "0" });
    const added = await addRepository(tracker.url, "https://github.com/octo/history");
    expect(added).toMatchObject({ created: true, repository: { state: "PENDING" } });
    const again = await addRepository(tracker.url, "git@github.com:OCTO/history.git");
    expect(again).toMatchObject({ created: false, repository: { id: added.repository.id } });

    const announced = () =>
      events.received
        .filter(({ commitsIngested: event }) => event.repository.nameWithOwner === "octo/History")
        .flatMap(({ commitsIngested: event }) => event.commits.map(({ oid }) => oid));
    await eventually(() => expect(announced().length).toBeGreaterThanOrEqual(expected.length));
    expect(announced().sort()).toEqual([...expected].sort());
    expect(await readRepository(tracker.url, "octo/history")).toMatchObject({
      state: "ACTIVE",
      nameWithOwner: "octo/History",
      headOid: expected[0],
      commitCount: expected.length,
      lastError: null,
    });
    const stored = await readAllOids(tracker.url, "octo/history");
    expect(stored).toHaveLength(expected.length);
    expect([...stored].sort()).toEqual([...expected].sort());
    const { requests } = (await gitHub.countOperations()).History ?? { requests: 0 };
    expect(requests).toBeLessThanOrEqual(Math.ceil(expected.length / 100) + 1);

    const before = events.received.length;
    const pushed = await gitHub.commit("octo/History", [
      { message: "first pushed" },
      { message: "second pushed" },
      { message: "third pushed" },
    ]);
    await eventually(() => expect(announced()).toHaveLength(expected.length + 3));
    const live = events.received.slice(before).map(({ commitsIngested: event }) => event);
    expect(live.flatMap(({ commits }) => commits.map(({ oid }) => oid))).toEqual(
      [...pushed].reverse(),
    );
    expect(live.map(({ kind }) => kind)).toEqual(live.map(() => "LIVE"));
    expect(live.at(-1)?.headOid).toBe(pushed.at(-1));
    const sequences = events.received.map(({ commitsIngested: event }) => event.sequence);
    expect(sequences).toEqual(sequences.map((_, index) => String(index + 1)));
    expect(events.errors).toEqual([]);
  });

  it("proves on the command line that nothing is missing, and names a repository that it does not have", async () => {
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "proved" });
    await gitHub.commit("octo/proved", mergyHistory(120));
    const { length } = await revList(gitDir, "refs/heads/main");
    await addRepository(tracker.url, "octo/proved");
    await using verify = startTracker({ TRACKER_URL: tracker.url }, [
      "verify",
      "octo/proved",
      "--deep",
    ]);
    expect(await verify.exited).toBe(0);
    expect(verify.output()).toContain(
      `complete  octo/proved  ${length} stored, ${length} on GitHub, ${length} listed`,
    );
    await using unknown = startTracker({ TRACKER_URL: tracker.url }, ["verify", "octo/unknown"]);
    expect(await unknown.exited).toBe(1);
    expect(unknown.output()).toContain("octo/unknown");
  });

  it("answers for a repository that GitHub does not have, and for one that is empty until its first push", async () => {
    await addRepository(tracker.url, "octo/nowhere");
    await eventually(async () => {
      const repository = await readRepository(tracker.url, "octo/nowhere");
      expect(repository.state).toBe("UNAVAILABLE");
      expect(repository.lastError).toMatch(/octo\/nowhere/);
    });
    await gitHub.addRepository({ owner: "octo", name: "fresh" });
    await addRepository(tracker.url, "octo/fresh");
    await eventually(async () => {
      expect(await readRepository(tracker.url, "octo/fresh")).toMatchObject({
        state: "EMPTY",
        lastError: null,
      });
    });
    const [oid] = await gitHub.commit("octo/fresh", [{ message: "the first" }]);
    await eventually(async () => {
      expect(await readRepository(tracker.url, "octo/fresh")).toMatchObject({
        state: "ACTIVE",
        headOid: oid,
        commitCount: 1,
      });
    });
  });

  it("measures what it spends, how late it is, what waits and what fails", async () => {
    const told = [
      /^tracker_github_points_total\{purpose="live"\} [1-9]/m,
      /^tracker_github_points_total\{purpose="backfill"\} [1-9]/m,
      /^tracker_github_points_remaining\{user="octocat"\} \d/m,
      /^tracker_github_paused_until_timestamp_seconds\{user="octocat"\} 0/m,
      /^tracker_github_requests_total\{operation="Glance",outcome="ok"\} [1-9]/m,
      /^tracker_github_batch_size\{stage="glance"\} [1-9]/m,
      /^tracker_check_delay_seconds_count [1-9]/m,
      /^tracker_claim_delay_seconds_count\{kind="check"\} [1-9]/m,
      /^tracker_commit_delay_seconds_count [1-9]/m,
      /^tracker_commits_stored_total\{kind="LIVE"\} [1-9]/m,
      /^tracker_attempts_failed_total\{task="check",code="GITHUB_NOT_FOUND"\} [1-9]/m,
      /^tracker_queue_tasks\{kind="check",state="ready"\} \d/m,
      /^tracker_queue_tasks\{kind="pull",state="dead"\} 0/m,
      /^tracker_repositories\{state="FAILED"\} 0/m,
      /^tracker_repositories\{state="ACTIVE"\} [1-9]/m,
      /^tracker_github_points_reset_timestamp_seconds\{user="octocat"\} [1-9]/m,
      /^tracker_github_time_used_ratio\{user="octocat"\} 0\.\d/m,
      /^tracker_push_delay_seconds_count [1-9]/m,
      /^tracker_database_pool_connections_max\{pool="write"\} [1-9]/m,
      /^tracker_build_info\{version="[\d.]+",node="v\d/m,
    ];
    await eventually(async () => {
      const pages = tracker.processes.map(async (process) => {
        return await (await fetch(`${await process.url()}/metrics`)).text();
      });
      const text = (await Promise.all(pages)).join("\n");
      for (const series of told) expect(text).toMatch(series);
    });
  });

  it("refuses what is no repository's address, naming the field, and stores nothing", async () => {
    for (const url of ["", "../etc/passwd", "https://gitlab.com/o/n", "x".repeat(10_000)]) {
      const { errors } = await post(
        tracker.url,
        "mutation ($url: String!) { addRepository(url: $url) { created } }",
        { url },
      );
      expect(errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "url" });
    }
    const { data } = await post<{ repositories: { nodes: { nameWithOwner: string }[] } }>(
      tracker.url,
      "{ repositories(first: 100) { nodes { nameWithOwner } } }",
    );
    const names = data?.repositories.nodes.map(({ nameWithOwner }) => nameWithOwner) ?? [];
    expect(names.every((name) => name.startsWith("octo/"))).toBe(true);
  });

  it("logs no error while all is well, and never a token", async () => {
    const output = tracker.processes.map((process) => process.output()).join("\n");
    expect(output).not.toMatch(/"level":"(error|fatal)"/);
    expect(output).not.toContain(STAND_IN_TOKEN);
  });

  it("ends within five seconds when told to, with exit code 0", async () => {
    const startedAt = Date.now();
    const codes = await Promise.all(tracker.processes.map((process) => process.stop("SIGINT")));
    expect(codes).toEqual(codes.map(() => 0));
    expect(Date.now() - startedAt).toBeLessThan(5_000);
  });
});

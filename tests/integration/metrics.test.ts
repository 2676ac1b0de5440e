import { expect, it } from "vitest";
import { readStatus } from "../../src/app/status-metrics.js";
import { eventually } from "../support/eventually.js";
import { mergyHistory } from "../support/histories.js";
import { metricValue } from "../support/metric-value.js";
import { startPipeline } from "../support/pipeline.js";

it("metrics tell of a history and of a push: what was due, taken, asked, found and written", async () => {
  await using pipeline = await startPipeline();
  const { gitHub, metrics, database, queue } = pipeline;
  readStatus(metrics, { database, queue, keptMs: 1 });
  const value = (series: string) => metricValue(metrics, series);
  await gitHub.addRepository({ owner: "octo", name: "measured" });
  const oids = await gitHub.commit("octo/measured", mergyHistory(120));
  const id = await pipeline.add("octo/measured");
  await pipeline.settled(id, oids.at(-1) ?? "");
  expect(await value('tracker_pages_stored_total{kind="BACKFILL"}')).toBeGreaterThanOrEqual(2);
  expect(await value("tracker_push_delay_seconds_count")).toBe(0); // a first history says nothing of us
  const pushed = await gitHub.commit("octo/measured", [{ message: "one" }, { message: "two" }]);
  await pipeline.settled(id, pushed.at(-1) ?? "");
  expect(await value('tracker_commits_stored_total{kind="LIVE"}')).toBe(2);
  expect(await value("tracker_push_delay_seconds_count")).toBe(2);
  expect(await value('tracker_push_delay_seconds_bucket{le="60"}')).toBe(2);
  await eventually(async () => {
    expect(await value('tracker_checks_total{stage="look",outcome="changed"}')).toBeGreaterThan(0);
    const unchanged = await Promise.all(
      ["glance", "look"].map((stage) =>
        value(`tracker_checks_total{stage="${stage}",outcome="unchanged"}`),
      ),
    );
    expect(Math.max(...unchanged)).toBeGreaterThan(0);
    expect(await value('tracker_task_wait_seconds_count{kind="check"}')).toBeGreaterThan(0);
    expect(
      await value('tracker_scheduler_ticks_total{kind="check",outcome="done"}'),
    ).toBeGreaterThan(0);
    expect(await value('tracker_repositories{state="ACTIVE"}')).toBe(1);
    expect(await value("tracker_feed_sequence")).toBeGreaterThanOrEqual(2);
    expect(await value('tracker_tasks_in_hand{kind="backfill"}')).toBe(0);
  });
});

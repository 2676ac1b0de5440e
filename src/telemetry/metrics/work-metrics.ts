import { INGEST_KINDS } from "../../domain/feed-event.js";
import { REPOSITORY_STATES } from "../../domain/repository.js";
import { WORK_KINDS } from "../../domain/work.js";
import { counter, gauge, histogram } from "./metric-definition.js";

const scheduler = { roles: ["scheduler"] } as const;
const worker = { roles: ["worker"] } as const;
const kind = WORK_KINDS;

/** To be waited for: of what is due, and of what lies in a queue. */
const WAITS_S = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300];
const TASKS_S = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];
const FRESHNESS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 10_800];

/** What is due, its tasks, and what comes of them. */
export const WORK_METRICS = {
  claims: counter({
    ...scheduler,
    name: "tracker_work_claimed_total",
    help: "Due work handed to workers: repositories to check, to pull, to backfill or to verify, owners to list",
    labels: { kind },
  }),
  claimDelay: histogram({
    ...scheduler,
    name: "tracker_claim_delay_seconds",
    help: "From when work was due to when its task was published",
    labels: { kind },
    buckets: WAITS_S,
  }),
  ticks: counter({
    ...scheduler,
    name: "tracker_scheduler_ticks_total",
    help: "Looks of the scheduler for due work; without any, nothing is scheduled",
    labels: { kind, outcome: ["done", "failed"] },
  }),
  workOverdue: gauge({
    ...scheduler,
    name: "tracker_work_overdue_seconds",
    help: "For how long the work has been due that is due for longest and not done, in its queue or not; 0: nothing is due",
    labels: { kind },
  }),
  workDue: gauge({
    ...scheduler,
    name: "tracker_work_due",
    help: "Work that is due and not done, in its queue or not, 100,000 at most",
    labels: { kind },
  }),
  checksLate: gauge({
    ...scheduler,
    name: "tracker_checks_late",
    help: "Repositories whose check has been due for more than a minute, 100,000 at most",
  }),
  repositories: gauge({
    ...scheduler,
    name: "tracker_repositories",
    help: "Tracked repositories by state; FAILED ones are parked: given up for a day after many failures",
    labels: { state: REPOSITORY_STATES },
  }),
  queueTasks: gauge({
    ...scheduler,
    name: "tracker_queue_tasks",
    help: "Tasks in each queue, ready to be taken or dead; those in hand are in tracker_tasks_in_hand",
    labels: { kind, state: ["ready", "dead"] },
  }),
  tasks: counter({
    ...worker,
    name: "tracker_tasks_total",
    help: "Tasks settled: done, old (another has it in hand, or nothing is due), dropped (comes due again) or returned to the queue",
    labels: { kind, outcome: ["done", "old", "dropped", "returned"] },
  }),
  taskDuration: histogram({
    ...worker,
    name: "tracker_task_duration_seconds",
    help: "From taking a task to settling it",
    labels: { kind },
    buckets: TASKS_S,
  }),
  tasksInHand: gauge({
    isFromZero: true,
    ...worker,
    name: "tracker_tasks_in_hand",
    help: "Tasks taken and not settled; of all workers together, what the broker calls unacknowledged",
    labels: { kind },
  }),
  taskWait: histogram({
    ...worker,
    name: "tracker_task_wait_seconds",
    help: "From when a task was published to when it was taken: the age of the oldest that waited",
    labels: { kind },
    buckets: WAITS_S,
  }),
  checks: counter({
    ...worker,
    name: "tracker_checks_total",
    help: "Repositories that GitHub told of, by how they were asked about (a glance, or a look at the head) and what came of it",
    labels: { stage: ["glance", "look"], outcome: ["unchanged", "changed", "failed"] },
  }),
  checkDelay: histogram({
    ...worker,
    name: "tracker_check_delay_seconds",
    help: "From when a repository was due to GitHub's answer about it; asked for checks excluded",
    buckets: WAITS_S,
  }),
  failures: counter({
    ...worker,
    name: "tracker_attempts_failed_total",
    help: "Failed attempts at a repository, by task and error code; each is tried again later",
    labels: { task: ["check", "pull", "backfill"], code: "an error code" },
  }),
  pagesStored: counter({
    ...worker,
    name: "tracker_pages_stored_total",
    help: "Pages of commits written, one transaction each, those with nothing new included",
    labels: { kind: INGEST_KINDS },
  }),
  commitsStored: counter({
    ...worker,
    name: "tracker_commits_stored_total",
    help: "Commits stored",
    labels: { kind: INGEST_KINDS },
  }),
  commitDelay: histogram({
    ...worker,
    name: "tracker_commit_delay_seconds",
    help: "From a commit's committer date to its being stored; live ones of the last day",
    buckets: FRESHNESS_S,
  }),
  pushDelay: histogram({
    ...worker,
    name: "tracker_push_delay_seconds",
    help: "From the last push that GitHub told of to its commits' being stored, one for each commit; live ones of the last day",
    buckets: FRESHNESS_S,
  }),
};

import { afterAll, afterEach, beforeAll } from "vitest";
import { describeFaults } from "./described-faults.js";
import { describeImage } from "./described-image.js";
import { describeRunning } from "./described-running.js";
import { openScene, type Scene } from "./scene.js";

let scene: Scene | undefined;

beforeAll(async () => {
  scene = await openScene();
});

/** What a person would look at first. */
afterEach(async ({ task }) => {
  if (task.result?.state !== "fail" || scene === undefined) return;
  const { project } = scene;
  process.stdout.write(`${await project.compose("ps", "--all")}\n`);
  process.stdout.write(`${await project.compose("logs", "--no-color", "--tail", "25")}\n`);
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

const opened = () => {
  if (scene === undefined) throw new Error("there is no scene yet");
  return scene;
};

describeImage(opened);
describeRunning(opened);
describeFaults(opened);

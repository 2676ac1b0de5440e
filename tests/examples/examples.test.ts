import { afterAll, beforeAll, describe } from "vitest";
import { describeGitHubAction, describeShellScript } from "./describe-ci.js";
import { describeNodeGraphqlWs } from "./describe-node-graphql-ws.js";
import { describeReactUrql } from "./describe-react-urql.js";
import { describeSlack } from "./describe-slack.js";
import { type ExampleScene, setExampleScene } from "./example-scene.js";

/** One tracker for all of them, one after the other; each pushes what it looks for. */
describe("examples", { timeout: 60_000 }, () => {
  let scene: ExampleScene;
  beforeAll(async () => {
    scene = await setExampleScene();
  });
  afterAll(() => scene?.[Symbol.asyncDispose]());
  const theScene = () => scene;

  describe("Node.js with graphql-ws", () => describeNodeGraphqlWs(theScene));
  describe("Slack", () => describeSlack(theScene));
  describe("the shell script for CI", () => describeShellScript(theScene));
  describe("the GitHub Action", () => describeGitHubAction(theScene));
  describe("React with urql", () => describeReactUrql(theScene));
});

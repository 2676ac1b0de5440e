import { DATABASE } from "./database.js";
import { FEED } from "./feed.js";
import { GITHUB } from "./github.js";
import { INGESTION } from "./ingestion.js";
import { OVERVIEW } from "./overview.js";
import { RUNTIME } from "./runtime.js";

export const DASHBOARDS = [OVERVIEW, GITHUB, INGESTION, FEED, DATABASE, RUNTIME];

import { ROLES } from "../../domain/role.js";
import { gauge } from "./metric-definition.js";

/** The process itself. */
export const PROCESS_METRICS = {
  buildInfo: gauge({
    name: "tracker_build_info",
    help: "1; what runs here",
    labels: {
      version: "of the tracker",
      node: "version of Node",
      profile: ["embedded", "distributed"],
    },
  }),
  processRole: gauge({
    name: "tracker_process_role",
    help: "1 for each role that this process has",
    labels: { role: ROLES },
  }),
  dependencyUp: gauge({
    name: "tracker_dependency_up",
    help: "1 while this process reaches what it needs, else 0; what /readyz says",
    labels: { dependency: ["database", "queue", "fanout"] },
  }),
  metricsRead: gauge({
    name: "tracker_metrics_source_up",
    help: "1 where what is gathered for these metrics could be read in time, else 0, and what comes from there is missing",
    labels: { source: "where from" },
  }),
  dataFree: gauge({
    name: "tracker_data_folder_free_bytes",
    help: "Free on the disk of the embedded database; only there",
  }),
  dataDisk: gauge({
    name: "tracker_data_folder_disk_bytes",
    help: "Size of the disk of the embedded database; only there",
  }),
};

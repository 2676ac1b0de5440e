import type { DashboardSpec } from "./dashboard.js";

export const RUNTIME: DashboardSpec = {
  name: "runtime",
  title: "Runtime",
  description: "The processes themselves",
  panels: [
    {
      title: "Processor",
      description: "Of one core",
      unit: "percentunit",
      queries: {
        "{{instance}}": 'rate(process_cpu_seconds_total{job="tracker"}[$__rate_interval])',
      },
    },
    {
      title: "Memory",
      description: "Resident",
      unit: "bytes",
      queries: { "{{instance}}": 'process_resident_memory_bytes{job="tracker"}' },
    },
    {
      title: "Heap in use",
      description: "Of JavaScript",
      unit: "bytes",
      queries: { "{{instance}}": 'nodejs_heap_size_used_bytes{job="tracker"}' },
    },
    {
      title: "Event loop lag",
      description: "99 of 100 turns came no later",
      unit: "s",
      queries: { "{{instance}}": 'nodejs_eventloop_lag_p99_seconds{job="tracker"}' },
    },
    {
      title: "Garbage collection",
      description: "Share of the time",
      unit: "percentunit",
      queries: {
        "{{instance}}":
          'sum by (instance) (rate(nodejs_gc_duration_seconds_sum{job="tracker"}[$__rate_interval]))',
      },
    },
    {
      title: "Open files",
      description: "And connections",
      unit: "short",
      queries: { "{{instance}}": 'process_open_fds{job="tracker"}' },
    },
    {
      title: "Up for",
      description: "Since the process began",
      unit: "s",
      queries: { "{{instance}}": 'time() - process_start_time_seconds{job="tracker"}' },
    },
    {
      title: "Builds",
      description: "What runs where",
      unit: "short",
      queries: { "{{version}} on Node {{node}}": "sum by (version, node) (tracker_build_info)" },
    },
    {
      title: "Sources of these metrics",
      description: "0: could not be read, and what comes from there is missing",
      unit: "short",
      queries: { "{{source}}": "min by (source) (tracker_metrics_source_up)" },
    },
    {
      title: "Free disk",
      description: "Of the embedded database, where there is one",
      unit: "percentunit",
      queries: {
        "{{instance}}": "tracker_data_folder_free_bytes / tracker_data_folder_disk_bytes",
      },
    },
  ],
};

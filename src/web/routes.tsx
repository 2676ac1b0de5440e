import { useEffect } from "preact/hooks";
import { match, usePlace } from "./client/router.js";
import { CommitPage } from "./commit/commit-page.js";
import { LivePage } from "./live/live-page.js";
import { Link } from "./parts/link.js";
import { Empty } from "./parts/notice.js";
import { RepositoriesPage } from "./repositories/repositories-page.js";
import { RepositoryPage } from "./repository/repository-page.js";
import { SystemPage } from "./system/system-page.js";

/** What an address shows. */
export function Routes() {
  const { path } = usePlace();
  useEffect(() => {
    document.title = titleOf(path);
  }, [path]);
  if (path === "/") return <LivePage />;
  if (path === "/repositories") return <RepositoriesPage />;
  if (path === "/system") return <SystemPage />;
  const repository = match("/repositories/:owner/:name", path);
  if (repository !== null) {
    const name = `${repository.owner}/${repository.name}`;
    return <RepositoryPage key={name} nameWithOwner={name} />;
  }
  const commit = match("/commits/:owner/:name/:oid", path);
  if (commit !== null) {
    const { owner, name, oid = "" } = commit;
    return <CommitPage key={oid} nameWithOwner={`${owner}/${name}`} oid={oid} />;
  }
  return (
    <main class="page">
      <Empty title="There is no such page">
        <Link to="/">To the live commits</Link>
      </Empty>
    </main>
  );
}

const TITLES: Readonly<Record<string, string>> = {
  "/": "Live",
  "/repositories": "Repositories",
  "/system": "System",
};

function titleOf(path: string): string {
  const repository = match("/repositories/:owner/:name", path);
  const commit = match("/commits/:owner/:name/:oid", path);
  const { owner, name } = repository ?? commit ?? { owner: "", name: "" };
  const oid = commit?.oid?.slice(0, 7);
  const title = TITLES[path] ?? [oid, `${owner}/${name}`].filter(Boolean).join(" in ");
  return `${title} · GitHub change tracker`;
}

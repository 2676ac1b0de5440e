export function RepositoriesPage(_props: Record<string, string>) {
  return (
    <main class="page">
      <h1>RepositoriesPage</h1>
    </main>
  );
}

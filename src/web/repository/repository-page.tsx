export function RepositoryPage(_props: Record<string, string>) {
  return (
    <main class="page">
      <h1>RepositoryPage</h1>
    </main>
  );
}

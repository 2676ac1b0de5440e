export function CommitPage(_props: Record<string, string>) {
  return (
    <main class="page">
      <h1>CommitPage</h1>
    </main>
  );
}

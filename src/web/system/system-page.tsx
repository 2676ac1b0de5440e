export function SystemPage(_props: Record<string, string>) {
  return (
    <main class="page">
      <h1>SystemPage</h1>
    </main>
  );
}

/** Where histories are to begin; empty: at their beginning. */
export function TrackFrom({
  day,
  onChange,
}: {
  readonly day: string;
  readonly onChange: (day: string) => void;
}) {
  return (
    <label class="labelled">
      <span>
        History from <span class="quiet">(empty: all of it)</span>
      </span>
      <input
        type="date"
        class="field"
        value={day}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
    </label>
  );
}

export const trackFromOf = (day: string): string | null => (day === "" ? null : `${day}T00:00:00Z`);

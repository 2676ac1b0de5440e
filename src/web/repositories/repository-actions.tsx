import { useState } from "preact/hooks";
import { useAct } from "../client/use-act.js";
import { useMay } from "../client/viewer.js";
import {
  PauseDocument,
  RefreshDocument,
  type RepositoryState,
  ResumeDocument,
} from "../operations.generated.js";
import { Menu, type MenuItem } from "../parts/menu.js";
import { say } from "../parts/toast.js";
import { RemoveDialog } from "./remove-dialog.js";
import { ResetDialog } from "./reset-dialog.js";

export interface ActedOn {
  readonly id: string;
  readonly nameWithOwner: string;
  readonly state: RepositoryState;
  readonly commitCount: number;
}

/** What can be done with a repository, as far as the key may. */
export function RepositoryActions({
  repository,
  onRemoved,
}: {
  readonly repository: ActedOn;
  readonly onRemoved?: () => void;
}) {
  const mayOperate = useMay("OPERATOR");
  const mayTakeAway = useMay("WRITER");
  const [asked, setAsked] = useState<"reset" | "remove" | null>(null);
  const checkNow = useCheckNow(repository);
  const pauseOrResume = usePauseOrResume(repository);
  if (!mayOperate) return null;
  const close = () => setAsked(null);
  const items = [
    checkNow,
    pauseOrResume,
    ...(mayTakeAway
      ? [
          { label: "Reset commits…", act: () => setAsked("reset") },
          { label: "Remove…", act: () => setAsked("remove"), isDanger: true },
        ]
      : []),
  ];
  return (
    <>
      <Menu label={`Actions for ${repository.nameWithOwner}`} items={items} />
      {asked === "reset" && <ResetDialog repository={repository} onClose={close} />}
      {asked === "remove" && (
        <RemoveDialog repository={repository} onClose={close} {...(onRemoved && { onRemoved })} />
      )}
    </>
  );
}

function useCheckNow({ id, nameWithOwner, state }: ActedOn): MenuItem {
  const [refresh, isActing] = useAct(RefreshDocument);
  const act = async () => {
    const done = await refresh({ repository: id });
    if (done?.refreshRepository.requested) say(`GitHub is asked about ${nameWithOwner} now.`);
    else if (done !== null) say(`${nameWithOwner} is not checked as it is now.`);
  };
  return {
    label: "Check now",
    act: () => void act(),
    isDisabled: isActing || state === "PAUSED" || state === "FAILED",
  };
}

function usePauseOrResume({ id, nameWithOwner, state }: ActedOn): MenuItem {
  const [pause, isPausing] = useAct(PauseDocument);
  const [resume, isResuming] = useAct(ResumeDocument);
  const isPaused = state === "PAUSED";
  const act = async () => {
    const done = await (isPaused ? resume : pause)({ repository: id });
    if (done === null) return;
    say(isPaused ? `${nameWithOwner} is checked again.` : `${nameWithOwner} is paused.`);
  };
  return {
    label: isPaused ? "Resume" : "Pause",
    act: () => void act(),
    isDisabled: isPausing || isResuming,
  };
}

import { useState } from "preact/hooks";
import { useAct } from "../client/use-act.js";
import { useAsk } from "../client/use-ask.js";
import {
  type ApiKeyLineFragment,
  ApiKeysDocument,
  RevokeApiKeyDocument,
} from "../operations.generated.js";
import { Dialog } from "../parts/dialog.js";
import { Failure, Loading } from "../parts/notice.js";
import { RelativeTime } from "../parts/relative-time.js";
import { say } from "../parts/toast.js";

const VARIABLES = {};
const EVERYTHING = "*/*";

/** Who may come in; made by the command line alone. */
export function ApiKeys() {
  const { data, error, refresh } = useAsk(ApiKeysDocument, VARIABLES);
  const [asked, setAsked] = useState<ApiKeyLineFragment | null>(null);
  return (
    <section class="card padded" aria-label="API keys">
      <h2>API keys</h2>
      <p class="quiet">
        Made by the command line: <code>tracker keys create --name dashboard</code>
      </p>
      {data === undefined && error !== undefined && <Failure error={error} retry={refresh} />}
      {data === undefined && error === undefined && <Loading what="keys" rows={2} />}
      {data?.apiKeys.length === 0 && (
        <p class="keys-none">
          None yet: whoever reaches this tracker may do everything. With the first key, everybody
          needs one.
        </p>
      )}
      <ul class="keys">
        {data?.apiKeys.map((key) => (
          <li key={key.number} class={key.revokedAt === null ? "" : "is-revoked"}>
            <div>
              <p>
                <strong>
                  <bdi>{key.name}</bdi>
                </strong>{" "}
                <span class="badge">{key.role.toLowerCase()}</span> <code>{key.prefix}…</code>
              </p>
              <p class="quiet">
                <Use apiKey={key} />
              </p>
            </div>
            {key.revokedAt === null && (
              <button type="button" class="button is-danger" onClick={() => setAsked(key)}>
                Revoke
              </button>
            )}
          </li>
        ))}
      </ul>
      {asked !== null && <RevokeDialog apiKey={asked} onClose={() => setAsked(null)} />}
    </section>
  );
}

function Use({ apiKey }: { readonly apiKey: ApiKeyLineFragment }) {
  const { createdAt, lastUsedAt, revokedAt, repositories } = apiKey;
  const isLimited = !repositories.includes(EVERYTHING);
  return (
    <>
      {isLimited && `${repositories.join(", ")} · `}made <RelativeTime at={createdAt} /> ·{" "}
      {revokedAt !== null ? (
        <>
          revoked <RelativeTime at={revokedAt} />
        </>
      ) : lastUsedAt === null ? (
        "never used"
      ) : (
        <>
          used <RelativeTime at={lastUsedAt} />
        </>
      )}
    </>
  );
}

interface RevokeDialogProps {
  readonly apiKey: ApiKeyLineFragment;
  readonly onClose: () => void;
}

function RevokeDialog({ apiKey: { number, name }, onClose }: RevokeDialogProps) {
  const [revoke, isRevoking] = useAct(RevokeApiKeyDocument);
  const act = async () => {
    if ((await revoke({ number })) === null) return;
    say(`The key ${name} is revoked.`);
    onClose();
  };
  return (
    <Dialog title={`Revoke ${name}?`} onClose={onClose}>
      <p>
        Nothing is let in with it any more, and what it has open is ended within seconds. A revoked
        key stays revoked.
      </p>
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={onClose}>
          Keep it
        </button>
        <button
          type="button"
          class="button is-primary is-danger"
          disabled={isRevoking}
          onClick={() => void act()}
        >
          Revoke
        </button>
      </footer>
    </Dialog>
  );
}

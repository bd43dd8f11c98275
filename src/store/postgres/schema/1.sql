-- The ledger and what is derived from it. Values stand here only sealed
-- (ledger, content_keys) or as keyed hashes (lookups, secrets); everything
-- else may be asked in plain SQL. "number" is always that of a ledger entry.

CREATE TABLE ledger (
    number bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    leaf bytea NOT NULL,
    sealed bytea NOT NULL
);

-- Complete subtrees; those of the lowest levels are joined from leaves.
CREATE TABLE tree (
    level bigint NOT NULL,
    idx bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (level, idx)
);

-- One row, the ids of the sealing keys in use, the first one first: what look-ups
-- ask. Apart from the head, which has many dead versions of itself behind it.
CREATE TABLE ring (
    id bigint PRIMARY KEY,
    ring bytea NOT NULL
);

-- One row, locked by whoever appends; it has the same "ring".
CREATE TABLE head (
    id bigint PRIMARY KEY,
    size bigint NOT NULL,
    frontier bytea NOT NULL,
    last_at timestamptz,
    ring bytea NOT NULL
);

-- All entries of things that are changed often enough to have a history.
CREATE TABLE history (
    id uuid NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (id, number)
);

CREATE TABLE sources (
    id uuid PRIMARY KEY,
    parent uuid,
    added_at timestamptz NOT NULL,
    number bigint NOT NULL
);

CREATE TABLE pool (
    number bigint PRIMARY KEY,
    kind text NOT NULL,
    control boolean NOT NULL,
    added_at timestamptz NOT NULL
);

CREATE TABLE releases (
    id uuid PRIMARY KEY,
    source uuid NOT NULL,
    state text NOT NULL,
    rows_in bigint NOT NULL,
    canaries bigint NOT NULL,
    issued_at timestamptz NOT NULL,
    planted_at timestamptz,
    withdrawn_at timestamptz,
    number bigint NOT NULL
);
CREATE INDEX releases_source ON releases (source);

CREATE TABLE canaries (
    id uuid NOT NULL,
    number bigint NOT NULL,
    release uuid NOT NULL,
    PRIMARY KEY (id, number)
);
CREATE INDEX canaries_release ON canaries (release, id);

CREATE TABLE lookups (
    hash bytea NOT NULL,
    class text NOT NULL,
    number bigint NOT NULL,
    canary uuid,
    release uuid,
    control boolean,
    PRIMARY KEY (hash, class, number)
);

CREATE TABLE hits (
    id uuid NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    channel text NOT NULL,
    status text NOT NULL,
    source uuid,
    release uuid,
    canary uuid,
    control boolean NOT NULL,
    confirmed boolean NOT NULL,
    PRIMARY KEY (id, at, number)
) {partitioned};
CREATE INDEX hits_at ON hits (at, number);
CREATE INDEX hits_source ON hits (source, at);

CREATE TABLE cases (
    id uuid PRIMARY KEY,
    source uuid NOT NULL,
    outcome text,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    number bigint NOT NULL
);

-- The newest of every source.
CREATE TABLE judgements (
    source uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    through bigint NOT NULL,
    probability_ppm bigint NOT NULL,
    log10_bayes_factor_milli bigint NOT NULL,
    accused boolean NOT NULL,
    number bigint NOT NULL
);

CREATE TABLE alerts (
    id uuid PRIMARY KEY,
    channel text NOT NULL,
    source uuid NOT NULL,
    state text NOT NULL,
    queued_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    attempts bigint NOT NULL,
    number bigint NOT NULL,
    claimed_until timestamptz
);
CREATE INDEX alerts_due ON alerts (channel, state, due_at);
CREATE INDEX alerts_outbox ON alerts (channel, source, queued_at);

CREATE TABLE tokens (
    id uuid PRIMARY KEY,
    role text NOT NULL,
    added_at timestamptz NOT NULL,
    revoked_at timestamptz,
    number bigint NOT NULL
);

CREATE TABLE secrets (
    hash bytea PRIMARY KEY,
    number bigint NOT NULL
);

-- The newest counted hit of every source, and how far it was judged; below
-- every number where there was none.
CREATE TABLE news (
    source uuid PRIMARY KEY,
    newest bigint NOT NULL,
    judged bigint NOT NULL,
    judged_at timestamptz,
    claimed_until timestamptz
);

CREATE TABLE tasks (
    name text PRIMARY KEY,
    claimed_until timestamptz NOT NULL
);

-- Days are counted from 1970-01-01.
CREATE TABLE content_keys (
    day bigint PRIMARY KEY,
    sealed bytea NOT NULL
);

const COMMON = `  --config <path>   the configuration (default: $WATCHWORD_CONFIG, else .watchword/config.yaml)
  --verbose         what Redis and Kafka clients say, as JSON lines on standard error
  --help            this text

Exit codes: 0 done, 1 something could not be done (standard error says what), 2 the command is not understood.`;

const GENERAL = `watchword <command> [options]

  dead list      what could not be handled: records, jobs and events, with the reason
  dead show      one of them, with everything in it
  dead replay    puts them back to where they came from
  recover        reads Kafka's events again into Redis
  control list   what operators ask of routing at run time
  control set    asks for it: pins, weights, drains, tolerance, price ceiling
  control unset  takes it back
  export         writes topics as Parquet files
  quality chart  draws how well codes arrive, by provider, over time
  init           writes a first configuration, for the carrier simulator
  simulate       what a routing policy would have done: on a trace, or by the log of what was sent

${COMMON}

In a clone: npm run -s watchword -- <command>. With npm start running, nothing needs to be configured.
\`watchword <command> --help\` tells more.`;

const DEAD_LIST = `watchword dead list [--topic <name>] [--limit <n>] [--json]

Lists what could not be handled and was not replayed since, oldest first: where it lies (its ref), how old it is, why, the
verification, and where it came from. Three kinds:

  records    a consumer group could not read them, or met the same bug 20 times     <topic>.<group>.dead
  jobs       no try could carry them out                                            deliver-<channel>.delivery.dead
  events     no version could compose them from an outbox                           quarantine

  --topic <name>    only this dead-letter topic, or "quarantine"; not that of a tenant that has left
                    the configuration
  --limit <n>       at most so many (default 1000)
  --json            one JSON document, for scripts

Nothing of what is in them is shown: \`watchword dead show <ref>\` does that.

${COMMON}`;

const DEAD_SHOW = `watchword dead show <ref> [--json]

Shows one dead letter with its headers and all that is in it. Addresses in it are sealed, unless somebody else wrote it.

${COMMON}`;

const DEAD_REPLAY = `watchword dead replay <ref>... | --all [--topic <name>]

Puts dead letters back: a record to its topic, a job to its queue, an event into its outbox. Mend the cause first: what still
cannot be handled comes back as a new dead letter. Safe to repeat: events keep their ids. What was put back is no longer listed. If
this is interrupted, a letter may be put back twice, never lost.

A job as a rule sends nothing any more: its send was closed when it was buried, so that the verification's next step could follow.
Replaying it takes it off the list. Who waits for a code has to ask for a new one.

  --all             all of them
  --topic <name>    with --all: only those of this dead-letter topic, or of "quarantine"

${COMMON}`;

const RECOVER = `watchword recover [--since <time>] [--bucket <00-ff>] [--yes]

Asks the dispatchers to read Kafka's events again and to merge them into Redis, and shows how far they are until it is over.
They do it by themselves when Redis was restarted, failed over or wiped; this is for doubt. A repeat changes nothing. Meanwhile
verifications that began before answer 503 with Retry-After where the answer is not certain; new ones are not held up.

  --since <time>    how far back: 90s, 30m, 2h (default), at most 7d
  --bucket <00-ff>  only this bucket: the two characters of an id after vf_1 and the region’s letter
  --yes             do not ask; needed where there is no terminal

Ends with 1 when nothing has moved for a minute. Neither that nor Ctrl-C ends the recovery, only the watching.

${COMMON}`;

const CONTROL_SET = `watchword control set [--tenant <id>] [--country <XX>] [--channel <name>] <what is asked for>

Asks routing for something from now on, until \`control unset\`: for one tenant, country and channel, or, where these are left out, for
all. Delivery follows within a second. It takes the place of what was set for the same tenant, country and channel before: name all of
it. Of several controls that fit a send only the narrowest counts: tenant and country, else tenant, else country, else all; among
equals one for the channel.

  --pin <provider>              this one, while it is eligible; else as without it
  --weights <name=percent,...>  only these, in these shares of 100, while one of them is eligible
  --drain <provider,...>        nothing new for these
  --tolerance <0 to 1>          how much less than the best may be expected for a lower price: 0.02 is two in a hundred
  --price-max <amountCUR>       nothing dearer: 0.05EUR. Nobody within it: the send goes nowhere
  --explore <0 to 0.1>          the share of sends that go to anybody, to learn (without it 0.01; 0: none)
  --reason <text>               why, for who reads the list
  --by <name>                   who asks (default: the user of this system)

${COMMON}`;

const CONTROL_UNSET = `watchword control unset [--tenant <id>] [--country <XX>] [--channel <name>] [--by <name>]

Takes back what was set for exactly this tenant, country and channel. What is set for more counts again.

${COMMON}`;

const CONTROL_LIST = `watchword control list [--json]

Lists what operators ask of routing, the narrowest first, with who set it, when and why.

  --json    one JSON document, for scripts

${COMMON}`;

const EXPORT = `watchword export [--topic <name>,...] [--since <time>] [--until <time>] [--out <folder>]

Writes topics as Parquet files, one for each: attempts, receipts, checks, outcomes, quality. No addresses and nothing made from
codes is in them. docs/analysts.md says what the columns are, docs/analysts/ten-questions.sql asks them.

  --topic <name>    only these tables, with commas between them
  --since <time>    from when on Kafka has them: so long ago (90s, 30m, 2h, 7d; default 1d), a day (2026-11-23, UTC) or a time
                    (2026-11-23T09:30Z). Kafka keeps a week, of quality a month
  --until <time>    till when, exclusive (default: to the end)
  --out <folder>    where (default: here). Files of an earlier export are replaced, each at one stroke when the new one is whole

Ends with 1 when records could not be read; the files have all others.

${COMMON}`;

const QUALITY_CHART = `watchword quality chart [--channel <name>] [--country <code>] [--operator <mcc-mnc>] [--since <time>] [--until <time>]
                        [--step minute|hour|day] [--out <file>]

Draws the conversion of each provider over time as an SVG picture, with its 95 % interval: of what was sent, how much was typed and approved.
The last five minutes are left out: what was sent then may still be typed.

  --channel <name>      sms (default), voice or email
  --country <code>      only this country, such as DE
  --operator <mcc-mnc>  only this operator, such as 262-02
  --since, --until      as for export (default: the last day)
  --step <step>         what one point covers (default hour; UTC)
  --out <file>          where (default quality.svg)

${COMMON}`;

const INIT = `watchword init [--dir <folder>] [--deal <folder>] [--show-key]

Writes what the first \`npm start\` writes: a configuration for the carrier simulator, and random secrets beside it. What is there
already stays as it is. Redis, Kafka and ports are left to the environment: REDIS_URL, KAFKA_BROKERS, HTTP_PORT, PUBLIC_URL,
CARRIER_SIM_URL and CARRIER_SIM_SMTP_PORT.

  --dir <folder>      where (default .watchword)
  --deal <folder>     also a folder in it for each service, anew each time: the configuration, and only the secrets that it may read
  --listen <host>     the address that services listen on (default 127.0.0.1)
  --simulator <host>  where the carrier simulator is (default 127.0.0.1)
  --show-key          prints the API key and nothing else
  --help              this text`;

const SIMULATE = `watchword simulate routing --trace <file>... [--policy <name>] [--choices <file>] [--seed <n>] [--json]
watchword simulate routing --events <file>... [--policy <name>] [--json]
watchword simulate make-trace --out <file> [--seed <n>] [--rate <sends per hour>]

Needs no deployment. With --trace: plays traces, gzipped or not, with their own clock through the product's router and scores, and
tells sends, conversions, choices, and the regret per 1,000 sends: how many more would have converted, had every send gone to the
provider that was the best for it. docs/routing.md has the format.

  --policy <name>   watchword (default), static (the first provider), round-robin, ewma, oracle; or all of them, as a table
  --choices <file>  the index of each send's provider, one a line
  --seed <n>        of what a policy leaves to chance (default 1)

With --events: the values of otp.attempt.v1 and otp.outcome.v1 as your topics hold them, a record a line, gzipped or not, in one file or
several, such as kcat -C -e -t otp.attempt.v1 writes. Estimates what share of those sends another policy would have converted,
with its interval, from the probabilities that were stored with every choice. Says so where that is too thin to rely on. The last three
minutes are not judged: their codes may still be typed.

  --policy <name>   watchword (default; the best score, nothing explored), cheapest, round-robin

make-trace writes two days of a country in which much goes wrong, decided by its seed.

  --json            one JSON document, for scripts
  --help            this text`;

export const USAGES = {
  general: GENERAL,
  'control list': CONTROL_LIST,
  'control set': CONTROL_SET,
  'control unset': CONTROL_UNSET,
  'dead list': DEAD_LIST,
  'dead show': DEAD_SHOW,
  'dead replay': DEAD_REPLAY,
  recover: RECOVER,
  export: EXPORT,
  'quality chart': QUALITY_CHART,
  init: INIT,
  'simulate routing': SIMULATE,
  'simulate make-trace': SIMULATE,
} as const;
export type UsageName = keyof typeof USAGES;

import type { ConfigIssue, ConfigPath } from './issues.ts';
import type { ReferenceSources } from './references.ts';
import type { ConfigSource } from './source.ts';

/** What a walk through a configuration file needs to know beside schema and node. */
export interface WalkContext {
  source: ConfigSource;
  references: ReferenceSources;
  /** False leaves a secret unread: this process does not need it. */
  wantsSecret: (path: ConfigPath) => boolean;
  /** `key`: the fault is in the key itself, not in what stands behind it. */
  report: (path: ConfigPath, issue: Pick<ConfigIssue, 'expected' | 'found' | 'fix'>, key?: 'key') => void;
}

export interface LockFile {
  packages: Record<string, { version?: string; integrity?: string; optional?: boolean }>;
}
export type NodeChoice = { outcome: 'found'; path: string } | { outcome: 'missing'; message: string };

export function isInstalled(lock: LockFile, record: LockFile): boolean;
export function isInstalledAt(root: string): boolean;
export function chooseNode(at: {
  broughtPath: string | undefined;
  currentPath: string;
  currentVersion: string;
}): NodeChoice;
export function findNodeAt(root: string): NodeChoice;

// The types and commands that cross to the backend. Times are microseconds since 1970 UTC.
import { type Channel, invoke } from '@tauri-apps/api/core';

export type AppError = { code: string; message: string; detail: string | null };
export type Startup = {
  version: string; openDemo: boolean; dataFolder: string;
  profiles: Profile[]; profilesProblem: AppError | null;   // e.g. malformed file: shown as banner with "set aside and start anew"
  historyProblem: AppError | null;                          // history could not be opened: shown as blocking banner
  keychainAvailable: boolean;
};
export type Protocol = 'v311' | 'v5';
export type PasswordSource = 'none' | 'keychain' | 'ask';
export type SubscriptionInput = { filter: string; qos: number };
export type Profile = {
  id: string /* '' = new */; name: string; host: string; port: number; protocol: Protocol; clientId: string;
  username: string | null; password: PasswordSource; keepAlive: number; cleanStart: boolean; sessionExpiry: number;
  subscriptions: SubscriptionInput[];
};
export type PasswordInput = { kind: 'keep' } | { kind: 'set'; value: string } | { kind: 'clear' };  // what to do with the keychain entry
export type TestStep = { name: string /* 'Resolve name' | 'Open TCP' | 'CONNECT' … */; ok: boolean; milliseconds: number; detail: string };
export type TestReport = { ok: boolean; steps: TestStep[]; problem: AppError | null; facts: { name: string; value: string }[] /* session present, server limits */ };

export type ConnectionState =
  | { kind: 'connecting'; attempt: number }
  | { kind: 'connected'; sessionPresent: boolean; clientId: string; since: number }
  | { kind: 'waiting'; attempt: number; retryAt: number; cause: AppError }
  | { kind: 'refused'; cause: AppError }          // waits for the user: retry / edit
  | { kind: 'closed' };
export type SubscriptionState = { filter: string; qos: number; result: 'pending' | 'granted' | 'refused'; grantedQos: number | null; reason: string };
export type Counters = {
  received: number; stored: number; shown: number; dropped: number; waiting: number /* received, not yet committed */;
  topics: number; messagesPerSecond: number; bytesPerSecond: number; undrawnTopics: number;
  memoryBytes: number; historyBytes: number; historyMessages: number;
};
export type Row = {
  node: number; depth: number; name: string /* already escaped for showing */; expanded: boolean; hasChildren: boolean;
  isTopic: boolean; seeded: boolean /* known from history only, no message yet in this session */;
  topics: number; messages: number; preview: string | null; numeric: boolean; retained: boolean;
  changedAt: number; position: number /* 1-based, aria-posinset */; setSize: number;
};
export type TreeWindow = { first: number; total: number; rows: Row[] };
export type Selection = { node: number; row: number | null; topic: string; isTopic: boolean; hasChildren: boolean; retained: boolean; messages: number;
  historyRevision: number /* grows when new messages of this topic/subtree are committed */ };
export type Frame = {
  revision: number; now: number; state: ConnectionState; counters: Counters; tree: TreeWindow;
  selection: Selection | null; subscriptions: SubscriptionState[]; historyProblem: AppError | null;
};
export type Step = { kind: 'up' } | { kind: 'down' } | { kind: 'pageUp'; rows: number } | { kind: 'pageDown'; rows: number } | { kind: 'first' } | { kind: 'last' }
  | { kind: 'collapseOrParent' } | { kind: 'expandOrChild' } | { kind: 'toggle' } | { kind: 'expandSiblings' } | { kind: 'typeAhead'; text: string };
export type TreeFilter = { text: string; mode: 'text' | 'mqtt'; retainedOnly: boolean };

export type Scope = { topic: string; subtree: boolean };
export type HistoryQuery = { scope: Scope; contains: string; from: number | null; to: number | null };
export type HistoryItem = { id: number; topic: string; receivedAt: number; direction: 'received' | 'sent'; qos: number; retain: boolean; dup: boolean; size: number; preview: string };
export type HistoryPage = { items: HistoryItem[]; next: string | null /* opaque cursor; more or still searching */; searchedTo: number | null /* how far back the search has come */ };
export type MessageProperty = { name: string; value: string };
export type MessageDetail = {
  id: number; topic: string; receivedAt: number; direction: 'received' | 'sent'; sequence: number; qos: number; retain: boolean; dup: boolean; packetId: number | null;
  size: number; format: 'empty' | 'json' | 'text' | 'binary'; formatReason: string; properties: MessageProperty[]; previous: number | null /* message id of the previous one on the same topic */;
};
export type PayloadView = 'auto' | 'json' | 'text' | 'hex';
export type TokenKind = 'key' | 'string' | 'number' | 'bool' | 'null' | 'punctuation' | 'text' | 'escape' | 'offset' | 'hex' | 'ascii' | 'note';
export type Token = { kind: TokenKind; text: string };
export type LineChange = 'same' | 'added' | 'changed' | 'removed';
export type Line = { number: number | null; indent: number; tokens: Token[]; change: LineChange; note: string | null /* '11790 → 11840' */ };
export type LinePage = { first: number; total: number; lines: Line[]; changes: number; problems: string[]; view: 'json' | 'text' | 'hex' | 'empty' };

export type PayloadInput = { kind: 'text'; text: string } | { kind: 'json'; text: string } | { kind: 'hex'; text: string } | { kind: 'base64'; text: string } | { kind: 'staged'; handle: string };
export type PublishInput = { topic: string; payload: PayloadInput; qos: number; retain: boolean };
export type PublishOutcome =
  | { kind: 'queued' } | { kind: 'sent' } | { kind: 'acknowledged'; milliseconds: number; reason: string /* '0x00 Success' */; packet: 'PUBACK' | 'PUBCOMP' } | { kind: 'failed'; problem: AppError };
export type ExportFormat = 'ndjson' | 'csv' | 'json';
export type ExportRequest = { query: HistoryQuery; format: ExportFormat; formulaSafe: boolean; folder: string | null /* null: Downloads */; fileName: string };
export type ExportEvent = { kind: 'progress'; written: number; scanned: number; total: number; bytes: number; milliseconds: number } | { kind: 'finished'; written: number; bytes: number; path: string }
  | { kind: 'cancelled'; written: number; path: string } | { kind: 'failed'; problem: AppError };
export type ExportJob = { job: number; path: string };

export const commands = {
  startup: () => invoke<Startup>('startup'),
  saveProfile: (profile: Profile, password: PasswordInput) => invoke<Profile>('save_profile', { profile, password }),
  deleteProfile: (id: string) => invoke<void>('delete_profile', { id }),
  listProfiles: () => invoke<Profile[]>('list_profiles'),
  setAsideProfiles: () => invoke<Profile[]>('set_aside_profiles'),
  testConnection: (profile: Profile, password: string | null) => invoke<TestReport>('test_connection', { profile, password }),
  openConnection: (profileId: string, password: string | null, frames: Channel<Frame>) => invoke<number>('open_connection', { profileId, password, frames }),
  openDemo: (frames: Channel<Frame>) => invoke<number>('open_demo', { frames }),
  closeConnection: (connection: number) => invoke<void>('close_connection', { connection }),
  retryConnection: (connection: number) => invoke<void>('retry_connection', { connection }),
  frameShown: (connection: number) => invoke<void>('frame_shown', { connection }),
  setWindow: (connection: number, first: number, count: number) => invoke<void>('set_window', { connection, first, count }),
  setExpanded: (connection: number, node: number, expanded: boolean) => invoke<void>('set_expanded', { connection, node, expanded }),
  selectNode: (connection: number, node: number | null) => invoke<Selection | null>('select_node', { connection, node }),
  stepSelection: (connection: number, step: Step) => invoke<Selection | null>('step_selection', { connection, step }),
  revealTopic: (connection: number, topic: string) => invoke<Selection | null>('reveal_topic', { connection, topic }),
  setFilter: (connection: number, filter: TreeFilter) => invoke<void>('set_filter', { connection, filter }),
  historyPage: (connection: number, query: HistoryQuery, cursor: string | null, limit: number) => invoke<HistoryPage>('history_page', { connection, query, cursor, limit }),
  messageDetail: (connection: number, message: number) => invoke<MessageDetail>('message_detail', { connection, message }),
  messageLines: (connection: number, message: number, compareWith: number | null, view: PayloadView, first: number, count: number) => invoke<LinePage>('message_lines', { connection, message, compareWith, view, first, count }),
  messageDiff: (connection: number, message: number, compareWith: number, first: number, count: number) => invoke<LinePage>('message_diff', { connection, message, compareWith, first, count }),
  publish: (connection: number, input: PublishInput, outcomes: Channel<PublishOutcome>) => invoke<void>('publish', { connection, input, outcomes }),
  clearRetained: (connection: number, topic: string, outcomes: Channel<PublishOutcome>) => invoke<void>('clear_retained', { connection, topic, outcomes }),
  startExport: (connection: number, request: ExportRequest, events: Channel<ExportEvent>) => invoke<ExportJob>('start_export', { connection, request, events }),
  cancelExport: (job: number) => invoke<void>('cancel_export', { job }),
  chooseExportFolder: () => invoke<string | null>('choose_export_folder'),
};

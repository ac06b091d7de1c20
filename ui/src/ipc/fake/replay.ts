// Replays as the scripted backend plays them: prefixes only, and events that tests set.

import type {
  OutlookExtent,
  ReplayAct,
  ReplayEvent,
  ReplayJob,
  ReplayOutlook,
  ReplayRequest,
} from '../bindings';
import { FakeLive } from './live';

const TOPICS = ['spindle', 'vibration', 'status'];

export const REPLAYED: ReplayEvent = {
  stage: 'running',
  end: null,
  unreadable: 0,
  skipped: 0,
  refused: 0,
  published: 120,
  inFlight: 2,
  sent: 20,
  acknowledged: 98,
  failed: 0,
  unknown: 0,
  failures: [],
  perSecond: 40,
  took: 3_000_000,
  lag: 0,
  total: 400,
  left: 7_000_000,
  pass: 1,
  logProblem: null,
};

export abstract class FakeReplay extends FakeLive {
  outlookFacts: Partial<ReplayOutlook> = {};
  replayEvents: ReplayEvent[] = [
    REPLAYED,
    {
      ...REPLAYED,
      stage: 'finishing',
      end: { kind: 'finished' },
      published: 400,
      inFlight: 0,
      sent: 60,
      acknowledged: 340,
      left: 0,
    },
  ];

  async replayOutlook(
    connection: number,
    request: ReplayRequest,
    extent: OutlookExtent,
  ): Promise<ReplayOutlook> {
    this.note('replayOutlook', request, extent);
    const topic = request.query.scope?.topic ?? 'plant';
    const name = (from: string) => {
      const rule = request.rules.find((each) => from.startsWith(each.from));
      return rule ? rule.to + from.slice(rule.from.length) : from;
    };
    const topics = TOPICS.map((level) => `${topic}/${level}`);
    const moved = topics.every((each) => name(each) !== each);
    return {
      isComplete: extent === 'whole',
      unreadable: 0,
      skipped: 0,
      refused: 0,
      messages: 400,
      bytes: 51_200,
      retained: 3,
      clearing: 0,
      unchanged: moved ? 0 : 400,
      first: 1_795_170_923_144_000,
      last: 1_795_170_933_144_000,
      duration: 10_000_000,
      topics: topics.map((from) => ({ from, to: name(from), refusal: null, messages: 100 })),
      hasMoreTopics: false,
      refusals: [],
      isLocked: this.locked,
      confirmation:
        moved || request.target !== connection
          ? null
          : { name: 'Plant', reasons: ['These messages came from there.'] },
      ...this.outlookFacts,
    };
  }
  async cancelReplayOutlook() {
    this.note('cancelReplayOutlook');
  }
  async startReplay(
    _connection: number,
    request: ReplayRequest,
    receive: (event: ReplayEvent) => void,
  ): Promise<ReplayJob> {
    this.note('startReplay', request);
    for (const event of this.replayEvents) queueMicrotask(() => receive(event));
    return { job: 91, outcomes: request.outcomes && `/home/ann/Downloads/${request.outcomes}` };
  }
  async steerReplay(job: number, act: ReplayAct) {
    this.note('steerReplay', job, act);
  }
}

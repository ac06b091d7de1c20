// Imports as the scripted backend does them: a file of MQTT Explorer and MQTTX in one, so that all
// of the dialog can be seen.

import type { ImportedProfiles, ImportEvent, ImportPreview, ImportRequest } from '../bindings';
import { plainProfile } from '../profile';
import { FakeSetup, fail } from './setup';

export const importPreview: ImportPreview = {
  handle: 7,
  fileName: 'backup.json',
  what: 'backup of MQTTX',
  size: 48_112,
  localTimes: true,
  messages: {
    complete: true,
    count: 12_410,
    bad: 1,
    named: ['message 7: createAt is not a time that can be read'],
    changed: 0,
    earliest: 1_795_170_900_000_000,
    latest: 1_795_170_923_144_000,
    topics: 3,
    connections: ['plant'],
    name: 'plant',
    taken: ['plant'],
    sample: [
      {
        topic: 'plant/line-1/temperature',
        receivedAt: 1_795_170_900_000_000,
        direction: 'received',
        preview: '{"celsius":21.50}',
      },
      {
        topic: 'plant/line-1/set',
        receivedAt: 1_795_170_901_000_000,
        direction: 'sent',
        preview: 'start',
      },
    ],
    damage: null,
  },
  connections: [
    {
      name: 'plant',
      becomes: 'plant (2)',
      address: 'wss://broker.example:8084/mqtt',
      subscriptions: ['plant/#'],
      hasPassword: true,
      asks: false,
      certificates: 0,
      remarks: ['Certificates were not checked there. They are checked here.'],
    },
    {
      name: 'mill',
      becomes: 'mill',
      address: 'mqtts://mill.example:8883',
      subscriptions: [],
      hasPassword: false,
      asks: true,
      certificates: 3,
      remarks: [],
    },
  ],
  refused: [{ name: 'broken', reason: 'Give the host name or address of the broker.' }],
  remarks: [],
};

export abstract class FakeImports extends FakeSetup {
  chosenImport: number | null = 7;
  importPreview: ImportPreview = importPreview;
  importEvents: ImportEvent[] = [
    { kind: 'progress', read: 24_000, total: 48_112, imported: 6000, bad: 0, milliseconds: 400 },
    {
      kind: 'finished',
      result: {
        imported: 12_410,
        bad: 1,
        named: ['message 7: createAt is not a time that can be read'],
        renumbered: 0,
        connections: [{ key: 'import:1', name: 'plant', messages: 12_410 }],
      },
    },
  ];

  async chooseImport() {
    this.note('chooseImport');
    return this.chosenImport;
  }
  async previewImport(handle: number, utcOffset: number) {
    this.note('previewImport', handle, utcOffset);
    if (handle !== this.importPreview.handle)
      throw fail('import-gone', 'The file is not at hand any more. Choose it again');
    return this.importPreview;
  }
  async importConnections(handle: number, chosen: number[]): Promise<ImportedProfiles> {
    this.note('importConnections', handle, chosen);
    const profiles = chosen.map((index) => ({
      ...plainProfile(),
      id: `imported-${index}`,
      name: this.importPreview.connections[index]?.becomes ?? '',
    }));
    this.profiles = [...this.profiles, ...profiles];
    return { profiles, remarks: [], problem: null };
  }
  async startImport(request: ImportRequest, receive: (event: ImportEvent) => void) {
    this.note('startImport', request);
    for (const event of this.importEvents) queueMicrotask(() => receive(event));
    return this.next++;
  }
  async cancelImport(job: number) {
    this.note('cancelImport', job);
  }
}

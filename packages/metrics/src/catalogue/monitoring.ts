import { defineMetrics } from '../spec.ts';

/** quality-monitor: what providers did, counted and scored. */
export const monitoringMetrics = defineMetrics({
  qualityRecords: {
    name: 'watchword_quality_records_total',
    type: 'counter',
    unit: 'records',
    help: 'Records read for the counts: counted, ignored (a repeat, or nothing that counts), unparsable.',
    labels: { outcome: ['counted', 'ignored', 'unparsable'] },
  },
  qualityWaiting: {
    name: 'watchword_quality_waiting_records',
    type: 'gauge',
    unit: 'records',
    help: 'Records that were read and are not in the counts yet: more than some seconds of traffic means that Redis does not take them.',
    labels: {},
  },
  qualityCells: {
    name: 'watchword_quality_cells',
    type: 'gauge',
    unit: 'cells',
    help: 'Cells that the leading monitor scored last: those with sends of the last minutes.',
    labels: {},
  },
  breakersOpen: {
    name: 'watchword_breakers_open',
    type: 'gauge',
    unit: 'breakers',
    help: 'Breakers that are open or half-open, as the leading monitor sees them: hard ones of providers and of cells, soft ones (codes that nobody types, receipts that do not come).',
    labels: { scope: ['provider', 'cell', 'soft'] },
  },
  qualityMinutes: {
    name: 'watchword_quality_minutes_total',
    type: 'counter',
    unit: 'minutes',
    help: 'Minutes of cells: published to otp.quality.v1, each revision counts; forgotten, since their counts came, or nobody published them, for six hours.',
    labels: { outcome: ['published', 'forgotten'] },
  },
  qualityLeads: {
    name: 'watchword_quality_leads',
    type: 'gauge',
    unit: 'monitors',
    help: '1 where this monitor makes the scores, or publishes the minutes of otp.quality.v1; of each one of all of them does.',
    labels: { makes: ['scores', 'minutes'] },
  },
});

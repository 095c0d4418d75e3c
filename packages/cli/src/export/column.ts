/** What a cell of a table may hold. Times are milliseconds since 1970, decimals are text; undefined becomes null. */
export type CellValue = string | number | boolean | undefined;

/**
 * `time`: a timestamp in UTC, to the millisecond. `decimal`: 18 digits, six of them after the point, since money in floating point does not add
 * up. `json`: text that holds JSON.
 */
export type ColumnType = 'text' | 'integer' | 'number' | 'flag' | 'time' | 'decimal' | 'json';

/** A column of a Parquet file. */
export interface ColumnShape {
  name: string;
  type: ColumnType;
  /** The fields of the event that it is made of. */
  fields: readonly string[];
}

/** With the way to make it, from an event's data and its id. */
export interface Column<Data> extends ColumnShape {
  read: (data: Data, eventId: string) => CellValue;
}

type FieldOf<Data, Value> = {
  [Name in keyof Data & string]-?: NonNullable<Data[Name]> extends Value ? Name : never;
}[keyof Data & string];

/** Makes columns of one kind of events, named as their fields. */
export function columnsOf<Data>() {
  const plain =
    <Value extends CellValue>(type: ColumnType) =>
    (...names: FieldOf<Data, Value>[]): Column<Data>[] =>
      names.map((name) => ({ name, type, fields: [name], read: (data) => data[name] as CellValue }));
  return {
    eventId: { name: 'event_id', type: 'text', fields: [], read: (_, eventId) => eventId } as Column<Data>,
    text: plain<string>('text'),
    integer: plain<number>('integer'),
    number: plain<number>('number'),
    flag: plain<boolean>('flag'),
    time: plain<number>('time'),
    json: (name: FieldOf<Data, object>): Column<Data> => ({
      name,
      type: 'json',
      fields: [name],
      read: (data) => (data[name] === undefined ? undefined : JSON.stringify(data[name])),
    }),
    /** An amount of money: `<name>_amount` or, of the price itself, `price_amount`; and its currency. */
    money: (name: FieldOf<Data, Money>): Column<Data>[] => [
      {
        name: `${name}_amount`,
        type: 'decimal',
        fields: [name],
        read: (data) => (data[name] as Money | undefined)?.amount,
      },
      {
        name: `${name}_currency`,
        type: 'text',
        fields: [name],
        read: (data) => (data[name] as Money | undefined)?.currency,
      },
    ],
  };
}

interface Money {
  amount: string;
  currency: string;
}

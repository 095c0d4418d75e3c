import { describe, expect, test } from 'vitest';
import { createOperatorOfNetwork } from './operator-of-network.ts';
import { createOperatorOfNumber } from './operator-of-number.ts';

const operatorOfNumber = createOperatorOfNumber();
const operatorOfNetwork = createOperatorOfNetwork();

describe('the operator of a number', () => {
  // by the carriers that own these ranges, as their regulators list them
  test.each([
    ['+4915112345678', 'DE', '262-01', 'Telekom'],
    ['+4915221234567', 'DE', '262-02', 'Vodafone'],
    ['+4917612345678', 'DE', '262-03', 'O2'],
    ['+4916312345678', 'DE', '262-03', 'E-Plus, which O2 took over'],
    ['+447412345678', 'GB', '234-20', 'Three'],
    ['+33612345678', 'FR', '208-09', 'SFR'],
    ['+919811012345', 'IN', '404-22', 'Vi in Delhi, which was Vodafone'],
    ['+18764561234', 'JM', '338-05', 'Digicel, and not that of the 20 other countries of +1'],
    ['+77011234567', 'KZ', '401-02', 'Kcell; +7 is Russia’s too'],
  ])('%s in %s is %s: %s', (number, country, operator) => {
    expect(operatorOfNumber(number, country)).toBe(operator);
  });

  test.each([
    ['+12125550123', 'US', 'North America’s numbers do not tell it'],
    ['+493012345678', 'DE', 'a fixed line'],
    ['+4915112345678', 'FR', 'no number of this country'],
    ['+4915112345678', '', 'no country'],
    ['+4', 'DE', 'no number'],
    ['', 'DE', 'nothing'],
  ])('%s in %s is not known: %s', (number, country) => {
    expect(operatorOfNumber(number, country)).toBe('');
  });

  test('names no operator that the table of networks does not know', () => {
    const named = ['+4915112345678', '+447412345678', '+33612345678'].map((number, at) =>
      operatorOfNumber(number, ['DE', 'GB', 'FR'][at]!),
    );
    expect(named.map((operator) => operatorOfNetwork(operator))).toEqual(named);
  });
});

describe('the operator of a network code', () => {
  test.each([
    ['26202', '262-02', 'two digits'],
    ['262-02', '262-02', 'with a dash'],
    [' 262 02 ', '262-02', 'with spaces'],
    ['262002', '262-02', 'padded to three digits'],
    ['26209', '262-02', 'another code of the same network'],
    ['310260', '310-260', 'three digits'],
    ['310160', '310-260', 'another code of the same network, with three digits'],
    ['405861', '405-840', 'one of a hundred codes of Jio'],
    ['40486', '404-22', 'two digits where other networks of the country have three'],
    ['26254', '262-54', 'a network that is new'],
  ])('%s is %s: %s', (code, operator) => {
    expect(operatorOfNetwork(code)).toBe(operator);
  });

  test.each([
    ['00099', 'no country has it'],
    ['2620', 'too short'],
    ['2620222', 'too long'],
    ['O2', 'a name'],
    ['+4915112345678', 'a number'],
    ['', 'nothing'],
  ])('%s is none: %s', (code) => {
    expect(operatorOfNetwork(code)).toBe('');
  });
});

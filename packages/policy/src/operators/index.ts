export { createOperatorOfNumber, type OperatorOfNumber } from './operator-of-number.ts';
export { createOperatorOfNetwork, type OperatorOfNetwork } from './operator-of-network.ts';

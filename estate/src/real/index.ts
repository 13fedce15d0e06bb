export { missing, skipWithout, startReal, type Real, type RealKind } from './real.ts';

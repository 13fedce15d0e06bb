export { distinct, parseWantedName, sanText, type WantedName } from './names/wanted-name.ts';

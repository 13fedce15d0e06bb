export {
  createAuthority,
  selfSigned,
  type Authority,
  type CertificateRequest,
  type Credentials,
} from './authority.ts';
export { startEstate, type Estate, type RunningServer } from './estate.ts';

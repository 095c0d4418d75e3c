/**
 * Carriers that the data of numbers calls otherwise than the table of networks: renamed, merged, or written in another way. By
 * country; the name on the right must be one of the table's, or the file is not made. Where customers of a carrier that has gone
 * were spread over several others there is no line: nobody knows where such a number is.
 */
export const NAMES_NOW: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AT: { 'T-Mobile AT': 'Magenta', 'A1 TA': 'A1.net', A1: 'A1.net', Three: '3' },
  BR: { 'Telemig Celular': 'Vivo' },
  CL: { Claro: 'CLARO CL', 'Compania De Telecomunicaciones De Chile S.A.': 'Movistar' },
  DE: { 'T-Mobile': 'Telekom', Eplus: 'O2' },
  DK: { Three: '3' },
  GB: { Three: '3', Orange: 'EE', 'T-Mobile': 'EE' },
  GR: { Wind: 'NOVA' },
  HK: { 'China Mobile': 'CMCC HK' },
  IE: { Three: '3' },
  IN: {
    Idea: 'Vi India',
    Vodafone: 'Vi India',
    'Reliance Jio': 'Jio',
    'Tata Docomo': 'AirTel',
    Telewings: 'AirTel',
    Telenor: 'AirTel',
  },
  IT: { Wind: 'WINDTRE', '3 Italia': 'WINDTRE' },
  JP: { KDDI: 'au' },
  KZ: { 'Kcell/Activ': 'Kcell' },
  MY: { YTL: 'Yes', Webe: 'unifi' },
  SE: { TeliaSonera: 'Telia', 'HI3G Access': '3', 'Tele2 Sverige': 'Tele2' },
  SK: { 'T-Mobile (Slovak Telekom)': 'Telekom', 'Telefonica O2': 'O2' },
};

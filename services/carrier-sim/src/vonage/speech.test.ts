import { describe, expect, it } from 'vitest';
import { cutSpeech, hearTalk, hearText } from './speech.ts';

const words = (text: string): string => hearText(text).words;

describe('what a person hears', () => {
  it('of plain text is the text', () => {
    expect(words('Your code is\n 1, 2,  3.')).toBe('Your code is 1, 2, 3.');
  });

  it('of SSML is the words without the tags', () => {
    expect(
      words(
        '<speak>Hello from <emphasis>Acme</emphasis>.<break time="500ms"/>Your <prosody rate="slow">code</prosody> is 5.</speak>',
      ),
    ).toBe('Hello from Acme. Your code is 5.');
  });

  it.each(['digits', 'characters', 'spell-out', 'telephone'])('of say-as %s is every character by itself', (as) => {
    expect(words(`<speak>Code <say-as interpret-as="${as}">483 920</say-as>.</speak>`)).toBe('Code 4 8 3 9 2 0.');
  });

  it('of digits with breaks between them is the digits', () => {
    expect(words("<speak>1<break time='300ms'/>2<break time='300ms'/>3</speak>")).toBe('1 2 3');
  });

  it('of entities is what they stand for, and of sub its alias', () => {
    expect(words('<speak>Tom &amp; Ada &lt;3 &#49;&#x32; &nbsp;<sub alias="World Wide Web">WWW</sub></speak>')).toBe(
      'Tom & Ada <3 12 &nbsp;World Wide Web',
    );
  });

  it('leaves out comments and declarations', () => {
    expect(words('<speak><?xml version="1.0"?><!-- <b>not</b> said -->said</speak>')).toBe('said');
  });

  it('says how often it is repeated', () => {
    expect(hearTalk([{ text: 'Hi.', loop: 2 }], 60).words).toBe('Hi. (said twice)');
    expect(hearTalk([{ text: 'Hi.', loop: 0 }], 60)).toEqual({ words: 'Hi. (said over and over)', seconds: 60 });
    expect(hearTalk([{ text: 'One.' }, { text: ' ' }, { text: 'Two.', loop: 1 }], 60).words).toBe('One. Two.');
  });

  it('takes time for words, pauses and repetitions', () => {
    const { seconds } = hearTalk([{ text: '<speak>one two<break time="1s"/>three</speak>', loop: 2 }], 60);
    expect(seconds).toBeCloseTo((3 * 0.4 + 1) * 2);
    expect(hearText('<speak><break strength="none"/><break/><break time="0.25s"/></speak>').seconds).toBeCloseTo(0.75);
  });

  it('ends where the line goes dead', () => {
    expect(cutSpeech('one two three four', 0.5)).toBe('one two …');
    expect(cutSpeech('one two three four', 1)).toBe('one two three four');
    expect(cutSpeech('one two', 0.01)).toBe('one …');
  });
});

/**
 * What a server gets that imports the element in order to render a page: there are no elements in Node, so
 * nothing is defined. The browser gets the element.
 *
 * @module
 */

export class UnrollLesson {}

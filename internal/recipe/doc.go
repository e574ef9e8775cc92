// Package recipe writes how a picture was made into the picture's file, and reads
// what we or other programs wrote there.
//
// Nothing is decoded and no pixel is touched: a file is taken apart into the parts
// its format has, and one part is put in. Everything else stays byte for byte as it
// was, the label of generated pictures (AIGC) that law demands among it. A file with
// a signed proof of origin (C2PA) is left alone, since the signature covers every
// byte of it. docs/recipe.md describes what is written and read.
package recipe

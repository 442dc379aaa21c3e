/**
 * Words that say nothing of a topic: English function words, the phrases of asking and thanking, and their contractions
 * as people type them, with and without the apostrophe. Own list.
 */
const words = `
a about above after again against ago all almost along already also although always am among an and another any anyone
anything are around as ask asked asking at away back be became because been before being below between both but by
call came can cannot come comes could did didn do does doesn doing don done down during each either else enough etc
even ever every everything explain explanation few find first for from further gave get gets getting give given gives
go goes going gone good got had has hasn have haven having he hello help her here hers hey hi him his how however i if
in instead into is isn it its itself just keep kind know let like likely ll look looking lot made make makes making
many may maybe me mean means meant might mine more most much must my myself need needed needing needs neither never no
nobody none nor not nothing now of off often ok okay on once one ones only onto or other others otherwise our ours out
over own per perhaps please possible possibly pls put quite rather re really reason reasons right s said same say says
see seem seems seen shall she should show since so some somebody someone something sometimes soon still such sure take
taken takes tell than thank thanks that the their theirs them then there these they thing things think this those
though through thus till to together told too took toward towards tried tries try trying two u under unless until up
upon us use used uses using ve very via want wanted wants was wasn way ways we well went were weren what whatever when
where whether which while who whom whose why will wish with within without won would wouldn yes yet you your yours
yourself
aint arent cant couldnt didnt doesnt dont hadnt hasnt havent hows id ill im isnt ive lets shes shouldnt thats theres
theyre wasnt werent whats wheres whos wont wouldnt youre
`;

export const stopWords: ReadonlySet<string> = new Set(words.trim().split(/\s+/));

"""The small words of a question, in English and where they are shared in Chinese: which say nothing of which data.

Stems (types, type -> typ) where a name of the schema is compared; words as written elsewhere.
"""

from __future__ import annotations

import re


def words_in(text: str) -> frozenset[str]:
    """The words of a text, each once."""
    return frozenset(re.findall(r"[^\s]+", text))


# carry no content
FUNCTION = words_in(
    """
    a about above according after against all also am an and another any are as at available average be because
    been before being below between bigger both bottom but by can chart could count currently d did different
    display distinct do does done down during each earliest either equal equals ever every find first for from
    get give graph greater had has have having he hello her here hers hi higher highest him his how i if in info
    information into is it its just know larger largest last latest least less like list ll longest lower lowest
    m many max maximum may me mean might min mine minimum more most much must my name need neither no none nor
    not number of off oldest on one ones only onto or other our ours out over per please provide re return s
    same shall she shortest should show since smaller smallest so some still such sum t table tell than that the
    their theirs them then there these they this those three through to too top total two under unique until up
    us value values ve very want was we were what when where which while who whom whose why will with would yet
    you youngest your yours
    """
)
# what to do with the data
OPERATORS = words_in(
    """
    average count earliest fewest greater greatest higher highest larger largest latest longest lower lowest
    many max maximum mean min minimum much number oldest shortest smaller smallest sum top total youngest
    """
)
WH = words_in(
    """
    what when where which who whom whose
    """
)
# begin an order
ORDERS = words_in(
    """
    count display find get give list name provide return select show tell
    """
)
AUXILIARIES = words_in(
    """
    am are can could did do does had has have is may might should was were will would
    """
)
# between the name of a column and what it is compared with, and before such a name
BINDS = words_in(
    """
    are at greater higher is larger less lower more of over smaller under was were
    """
)
LEADS = words_in(
    """
    a an and for had has having if that the when where whose with
    """
)
# talk about the speaker, and about somebody named before
SELF = words_in(
    """
    hello hey hi i lol me mine my oh ok okay our thank thanks us we wow yeah yes you your yours
    """
)
THIRD = words_in(
    """
    he her hers him his it its she their theirs them these they this those
    """
)
FRAGMENT = words_in(
    """
    also and but or then
    """
)
# stems of names that can hold a time, a place, a person
TIME = words_in(
    """
    birth born dat day end month period season start tim year
    """
)
PLACE = words_in(
    """
    address area city country county district ground hometown location plac region sit stadium state town venu
    """
)
PERSON = words_in(
    """
    actor artist athlet author candidat captain cast champion coach customer directed director driver employe
    host incumbent manager member nam opponent owner partner peopl person player rider singer staff student
    teacher team winner writer written
    """
)
# explained without naming anything, in a plain listing
LISTING = words_in(
    """
    a all along also an and are at be been by did display do does equal equals find for from get give had has
    have in is its list me my of on order ordered please provide s show sort sorted tell that the their them
    there these they this those to together us use used user uses value values was were what whats when where
    which whose with
    """
)
# the end of many names, which says nothing by itself: a first name is no other thing than a name (stems)
GENERAL_ENDS = words_in(
    """
    cod dat day description detail id key month nam no number status text tim titl typ valu year
    """
)
# before a value that narrows and is no thing by itself: from France or Germany
BEFORE_VALUE = words_in(
    """
    are as at be between by called contains either for from in is like means named not on than to was were 为 从 在
    是 由
    """
)
